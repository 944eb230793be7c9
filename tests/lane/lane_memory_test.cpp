// SPDX-License-Identifier: Apache-2.0
#include "core/lane/lane_memory.hpp"

#include <bit>
#include <forkmap/error.hpp>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/shm/memfd.hpp"
#include "tests/catch.hpp"

using namespace forkmap;
using namespace forkmap::lane;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

std::uint64_t need_bytes(const LaneShape& shape) {
  return shape.inputs_bytes() + shape.results_bytes();
}

}  // namespace

// What two processes with different builds of the same sources must agree on.
TEST_CASE("the layout of shared structs is pinned") {
  CHECK(sizeof(InputCell) == 128);
  CHECK(offsetof(InputCell, function) == 0);
  CHECK(offsetof(InputCell, payload) == 48);
  CHECK(sizeof(ResultCell) == 64);
  CHECK(offsetof(ResultCell, state) == 0);
  CHECK(offsetof(ResultCell, payload) == 32);
  CHECK(alignof(InputCell) == 64);
  CHECK(alignof(ResultCell) == 64);
  CHECK(sizeof(HostWords) == 128);
  CHECK(sizeof(WorkerWords) <= 4096);
}

TEST_CASE("words that different sides poll lie in different cache lines") {
  const auto line = [](std::size_t offset) { return offset / kCacheLineBytes; };
  const std::vector<std::size_t> lines = {
      line(offsetof(WorkerWords, worker_sleeping)), line(offsetof(WorkerWords, host_sleeping)),
      line(offsetof(WorkerWords, progress)), line(offsetof(WorkerWords, phase))};
  for (std::size_t one = 0; one < lines.size(); ++one) {
    for (std::size_t other = one + 1; other < lines.size(); ++other) {
      CHECK(lines[one] != lines[other]);
    }
  }
}

TEST_CASE("the parts of a lane follow each other without overlap and stay inside their files") {
  for (const LaneShape& shape : {LaneShape{}, LaneShape{8, kMiB}, LaneShape{1024, kMiB}}) {
    // Addresses are only computed, so they need not be real.
    const LaneView view(nullptr, nullptr, shape);
    using Part = std::pair<std::uint64_t, std::uint64_t>;  // offset, size
    const auto offset = [](const auto& part) { return reinterpret_cast<std::uint64_t>(&part); };
    const auto place = [](const std::byte* part) { return reinterpret_cast<std::uint64_t>(part); };
    std::vector<Part> inputs;
    std::vector<Part> results{{0, sizeof(WorkerWords)},
                              {place(view.crash_area()), kCrashAreaBytes},
                              {place(view.print_area()), kPrintAreaBytes}};
    for (std::uint32_t cell = 0; cell < shape.cells; ++cell) {
      inputs.emplace_back(offset(view.input_cell(cell)), sizeof(InputCell));
      results.emplace_back(offset(view.result_cell(cell)), sizeof(ResultCell));
    }
    for (std::uint32_t window = 0; window < shape.cells; ++window) {
      inputs.emplace_back(place(view.input_window(window)), shape.window_bytes);
      results.emplace_back(place(view.result_window(window)), shape.window_bytes);
      CHECK(place(view.input_window(window)) % shm::page_bytes() == 0);
      CHECK(place(view.result_window(window)) % shm::page_bytes() == 0);
    }
    CHECK(inputs.front().first >= sizeof(HostWords));
    for (const auto* parts : {&inputs, &results}) {
      for (std::size_t part = 1; part < parts->size(); ++part) {
        REQUIRE((*parts)[part - 1].first + (*parts)[part - 1].second <= (*parts)[part].first);
      }
    }
    CHECK(inputs.back().first + shape.window_bytes == shape.inputs_bytes());
    CHECK(results.back().first + shape.window_bytes == shape.results_bytes());
    // The zygote maps one page of the results.
    CHECK(place(view.crash_area()) == shm::page_bytes());
  }
}

TEST_CASE("a shape that fits is left as it is") {
  const LaneShape shape = fit_shape({}, std::uint64_t{1} << 44U);
  CHECK(shape.cells == 256);
  CHECK(shape.window_bytes == 256 * kMiB);
  const LaneShape exact{8, 4 * kMiB};
  CHECK(fit_shape(exact, need_bytes(exact)).window_bytes == 4 * kMiB);
}

TEST_CASE("a shape shrinks by its windows first, then by its cells, and always fits") {
  LaneShape last{};
  for (std::uint64_t limit = need_bytes(LaneShape{}); limit >= need_bytes({8, kMiB}); limit /= 2) {
    const LaneShape shape = fit_shape({}, limit);
    INFO("limit " << limit);
    CHECK(need_bytes(shape) <= limit);
    CHECK(shape.window_bytes >= kMinWindowBytes);
    CHECK(shape.cells >= kMinCells);
    CHECK(std::has_single_bit(shape.cells));
    if (shape.cells < 64) CHECK(shape.window_bytes == kMinWindowBytes);
    CHECK(need_bytes(shape) <= need_bytes(last));
    last = shape;
  }
  const LaneShape smallest = fit_shape({}, need_bytes({8, kMiB}));
  CHECK(smallest.cells == 8);
  CHECK(smallest.window_bytes == kMiB);
}

TEST_CASE("where not even the smallest lane fits, the error names need, limit and what to raise") {
  const std::uint64_t need = need_bytes({8, kMiB});
  try {
    (void)fit_shape({}, need - 1);
    FAIL("it fitted");
  } catch (const SystemError& error) {
    const std::string text = error.what();
    CHECK(text.find(std::to_string(need)) != std::string::npos);
    CHECK(text.find(std::to_string(need - 1)) != std::string::npos);
    for (const char* word : {"RLIMIT_AS", "RLIMIT_FSIZE", "window_bytes"}) {
      INFO(word);
      CHECK(text.find(word) != std::string::npos);
    }
  }
}

TEST_CASE("windows are whole pages, whatever size was asked for") {
  for (const std::uint64_t asked : {5'000'001U, 1'048'577U, 4'097U}) {
    const LaneShape shape = fit_shape({8, asked}, std::uint64_t{1} << 40U);
    CHECK(shape.window_bytes % shm::page_bytes() == 0);
    CHECK(shape.window_bytes >= asked);
    CHECK(shape.window_bytes < asked + shm::page_bytes());
  }
  CHECK(fit_shape({8, 5'000'001}, 30 * kMiB).window_bytes % shm::page_bytes() == 0);
}

TEST_CASE("no size of a window is so large that its lane seems to fit") {
  for (const std::uint64_t asked : {std::uint64_t{1} << 58U, std::uint64_t{1} << 63U,
                                    std::numeric_limits<std::uint64_t>::max()}) {
    const LaneShape shape = fit_shape({64, asked}, std::uint64_t{1} << 40U);
    CHECK(need_bytes(shape) <= std::uint64_t{1} << 40U);
    CHECK(shape.window_bytes >= std::uint64_t{1} << 30U);
  }
}

TEST_CASE("the zygote finds the progress word on the first page of the results") {
  alignas(64) std::byte page[4096] = {};
  const LaneView view(nullptr, page, LaneShape{8, kMiB});
  view.worker_words().progress.store(progress_word(5, 6), std::memory_order_relaxed);
  CHECK(progress_on_page(page) == progress_word(5, 6));
}
