// SPDX-License-Identifier: Apache-2.0

#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "tests/catch.hpp"
#include "tests/lane/lane_ends.hpp"

using namespace forkmap;
using namespace forkmap::lane;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

std::uint64_t memory_bytes(int fd) {
  struct stat file{};
  REQUIRE(::fstat(fd, &file) == 0);
  return static_cast<std::uint64_t>(file.st_blocks) * 512;
}

void fill(std::byte* window, std::uint64_t size_bytes) {
  std::fill_n(window, size_bytes, std::byte{1});
}

}  // namespace

TEST_CASE("a lane has as many windows as cells, each once") {
  HostLane host(tests::kSmallShape);
  std::set<std::uint32_t> windows;
  for (int window = 0; window < 4; ++window) windows.insert(host.take_window());
  CHECK(windows == std::set<std::uint32_t>{0, 1, 2, 3});
  CHECK(host.take_window() == kNoWindow);
  host.return_window(2);
  CHECK(host.take_window() == 2);
  CHECK(host.take_window() == kNoWindow);
}

TEST_CASE("the window returned last is taken first, so few windows are warm") {
  HostLane host(tests::kSmallShape);
  const std::uint32_t first = host.take_window();
  const std::uint32_t second = host.take_window();
  for (int task = 0; task < 100; ++task) {
    host.return_window(first);
    CHECK(host.take_window() == first);
  }
  host.return_window(first);
  host.return_window(second);
  CHECK(host.take_window() == second);
  CHECK(host.take_window() == first);
}

TEST_CASE("a new lane costs a few pages, whatever its windows measure") {
  const HostLane host(LaneShape{});
  CHECK(host.shape().inputs_bytes() > 64 * 256 * kMiB);
  CHECK(memory_bytes(host.inputs_fd()) + memory_bytes(host.results_fd()) <= 64 * 1024);
}

TEST_CASE("large windows are punched when they are free, small and busy ones are not") {
  HostLane host(LaneShape{8, 8 * kMiB});
  const std::uint32_t large = host.take_window();
  const std::uint32_t small = host.take_window();
  const std::uint32_t busy = host.take_window();
  for (const std::uint32_t window : {large, busy}) {
    fill(host.view().input_window(window), 6 * kMiB);
    fill(host.view().result_window(window), 7 * kMiB);
    host.note_fill(window, 6 * kMiB, 7 * kMiB);
    host.note_fill(window, kMiB, kMiB);  // a mark does not sink
  }
  fill(host.view().input_window(small), kMiB);
  host.note_fill(small, kMiB, 0);
  host.return_window(large);
  host.return_window(small);
  CHECK(host.window_high_water_bytes() == (13 + 13 + 1) * kMiB);

  CHECK(host.sweep_windows(4 * kMiB));
  CHECK_FALSE(host.sweep_windows(4 * kMiB));
  CHECK(host.window_high_water_bytes() == (13 + 1) * kMiB);
  CHECK(host.view().input_window(large)[0] == std::byte{0});
  CHECK(host.view().result_window(large)[7 * kMiB - 1] == std::byte{0});
  CHECK(host.view().input_window(small)[0] == std::byte{1});
  CHECK(host.view().input_window(busy)[0] == std::byte{1});
  CHECK(host.view().result_window(busy)[7 * kMiB - 1] == std::byte{1});
  CHECK(memory_bytes(host.inputs_fd()) >= 7 * kMiB);
  CHECK(memory_bytes(host.inputs_fd()) < 8 * kMiB);
  CHECK(memory_bytes(host.results_fd()) < 8 * kMiB);
}

TEST_CASE("one window is punched above the given fill only") {
  HostLane host(LaneShape{8, 8 * kMiB});
  const std::uint32_t window = host.take_window();
  fill(host.view().result_window(window), 5 * kMiB);
  host.note_fill(window, 0, 5 * kMiB);
  host.return_window(window);
  host.punch_window(window, 5 * kMiB);
  CHECK(host.view().result_window(window)[0] == std::byte{1});
  host.punch_window(window, 5 * kMiB - 1);
  CHECK(host.view().result_window(window)[0] == std::byte{0});
  CHECK(host.window_high_water_bytes() == 0);
}
