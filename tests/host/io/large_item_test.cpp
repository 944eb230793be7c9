// SPDX-License-Identifier: Apache-2.0
// What one large result, or line, leaves in the host.

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <thread>

#include "host/io/output_stream.hpp"
#include "host/io/stream_feed.hpp"
#include "tests/catch.hpp"

using namespace forkmap;
using namespace forkmap::host;

namespace {

constexpr std::size_t kLarge = std::size_t{64} << 20U;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    read_end = base::UniqueFd(ends[0]);
    write_end = base::UniqueFd(ends[1]);
  }
  base::UniqueFd read_end;
  base::UniqueFd write_end;
};

[[maybe_unused]] std::size_t drain(int fd) {
  std::string buffer(1 << 16, '\0');
  std::size_t all = 0;
  for (ssize_t got = 0; (got = ::read(fd, buffer.data(), buffer.size())) > 0;) {
    all += static_cast<std::size_t>(got);
  }
  return all;
}

}  // namespace

#if !defined(FORKMAP_SANITIZED)
TEST_CASE("a large result leaves no large buffer behind") {
  Pipe pipe;
  OutputStream writer(pipe.write_end.get());
  std::size_t read_bytes = 0;
  std::thread reader([&] { read_bytes = drain(pipe.read_end.get()); });
  const std::size_t before = ::mallinfo2().hblkhd;
  writer.write(std::string(kLarge, 'x'));
  writer.flush_all();
  CHECK(::mallinfo2().hblkhd < before + kLarge / 2);
  pipe.write_end.reset();
  writer = OutputStream(STDERR_FILENO);
  reader.join();
  CHECK(read_bytes == kLarge);
}
#endif

TEST_CASE("the buffer of a large line is given up when the line has been passed") {
  Pipe pipe;
  const auto feed = stream_from(std::move(pipe.read_end), "a pipe");
  std::thread sender([&] {
    const std::string line = std::string(kLarge / 4, 'x') + "\nnext";
    for (std::size_t sent = 0; sent < line.size();) {
      const ssize_t count = ::write(pipe.write_end.get(), line.data() + sent, line.size() - sent);
      if (count <= 0) return;
      sent += static_cast<std::size_t>(count);
    }
  });
  Stretch stretch;
  while (stretch.begin == nullptr ||
         !std::string_view(stretch.begin, stretch.end).ends_with("next")) {
    if (feed->read(stretch, stretch.begin) == ByteFeed::Read::nothing) std::this_thread::yield();
  }
  sender.join();
  const std::weak_ptr<const void> large = stretch.owner;
  const char* const next = stretch.end - 4;
  CHECK(feed->read(stretch, next) == ByteFeed::Read::nothing);
  CHECK(large.expired());
  CHECK(std::string_view(stretch.begin, stretch.end) == "next");
  pipe.write_end.reset();
  CHECK(feed->read(stretch, stretch.begin) == ByteFeed::Read::end);
}
