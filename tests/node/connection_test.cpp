// SPDX-License-Identifier: Apache-2.0
//
// Both ends of a socketpair, in steps.
#include "core/node/connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include "core/base/epoll.hpp"
#include "core/node/messages.hpp"
#include "tests/catch.hpp"

namespace forkmap::node {

namespace {

// Two connections, each with an epoll of its own.
struct TwoEnds {
  TwoEnds() : TwoEnds(base::make_socket_pair(SOCK_STREAM)) {}
  explicit TwoEnds(std::pair<base::UniqueFd, base::UniqueFd> sockets)
      : left(std::move(sockets.first), left_epoll.get()),
        right(std::move(sockets.second), right_epoll.get()) {}
  base::UniqueFd left_epoll = base::new_epoll();
  base::UniqueFd right_epoll = base::new_epoll();
  Connection left;
  Connection right;
};

bool is_readable(const base::UniqueFd& epoll) {
  pollfd fd{epoll.get(), POLLIN, 0};
  return ::poll(&fd, 1, 0) == 1;
}

Message with_bytes(std::size_t size) {
  return {.type = FrameType::parts, .payload = std::vector<std::byte>(size, std::byte{7})};
}

}  // namespace

TEST_CASE("messages go both ways, in order, and the epoll says when") {
  TwoEnds ends;
  CHECK_FALSE(is_readable(ends.right_epoll));
  ends.left.send(to_message(Ping{1}));
  ends.left.send(to_message(Ping{2}));
  CHECK(ends.left.unsent_bytes() == 2 * sizeof(FrameHead));
  ends.left.flush();
  CHECK(ends.left.unsent_bytes() == 0);
  CHECK(is_readable(ends.right_epoll));
  REQUIRE(ends.right.receive());
  for (const std::uint64_t time : {1U, 2U}) {
    const auto message = ends.right.next();
    REQUIRE(message);
    CHECK(message->words[0] == time);
  }
  CHECK_FALSE(ends.right.next());
  CHECK_FALSE(is_readable(ends.right_epoll));
  CHECK_FALSE(ends.right.receive());
  CHECK_FALSE(ends.right.is_over());
  ends.right.send(to_message(Beat{}));
  ends.right.flush();
  REQUIRE(ends.left.receive());
  CHECK(ends.left.next()->type == FrameType::beat);
}

TEST_CASE("what the other end does not take waits, and comes whole when there is room") {
  TwoEnds ends;
  constexpr std::size_t kBytes = std::size_t{4} << 20U;
  ends.left.send(with_bytes(kBytes));
  ends.left.send(to_message(Ping{3}));
  ends.left.flush();
  CHECK(ends.left.unsent_bytes() > 0);
  CHECK_FALSE(is_readable(ends.left_epoll));
  std::vector<Message> got;
  while (got.size() < 2) {
    REQUIRE(ends.right.receive());
    while (auto message = ends.right.next()) got.push_back(std::move(*message));
    if (ends.left.unsent_bytes() > 0) {
      REQUIRE(is_readable(ends.left_epoll));  // there is room
      ends.left.flush();
    }
  }
  CHECK(got[0].payload.size() == kBytes);
  CHECK(got[1].words[0] == 3);
  CHECK(ends.left.unsent_bytes() == 0);
  CHECK_FALSE(is_readable(ends.left_epoll));  // nothing is awaited any more
}

TEST_CASE("what was said before the end is read, and then the end is seen") {
  TwoEnds ends;
  ends.left.send(to_message(Bye{"orphaned", 1}));
  ends.left.flush();
  ends.left.close("the test wants it so");
  ends.left.send(to_message(Ping{}));
  CHECK(ends.left.unsent_bytes() == 0);
  // The end that is left finds out while it sends, or while it receives.
  const bool sends = GENERATE(false, true);
  if (sends) {
    ends.right.send(to_message(Ping{}));
    ends.right.flush();
  }
  CHECK(ends.right.receive());
  REQUIRE(ends.right.next());
  while (!ends.right.is_over()) ends.right.receive();
  CHECK(ends.right.why_over().starts_with("its connection "));
  CHECK_FALSE(ends.right.receive());
  CHECK_FALSE(is_readable(ends.right_epoll));
}

TEST_CASE("an end that only listens on still hears the other") {
  TwoEnds ends;
  ends.left.send(with_bytes(std::size_t{4} << 20U));
  ends.left.flush();
  ends.left.close_sending();
  CHECK(ends.left.unsent_bytes() == 0);
  ends.right.send(to_message(Beat{}));
  ends.right.flush();
  CHECK(ends.left.receive());
  CHECK(ends.left.next());
  while (!ends.right.is_over()) ends.right.receive();
  CHECK(ends.right.why_over() == "its connection was closed");
  CHECK_FALSE(ends.right.next());  // the message was cut off
}

TEST_CASE("a stream of something else ends with a reason") {
  auto [left, right] = base::make_socket_pair(SOCK_STREAM);
  const base::UniqueFd epoll = base::new_epoll();
  Connection connection(std::move(right), epoll.get());
  const std::string text(100, 'x');
  REQUIRE(::send(left.get(), text.data(), text.size(), 0) == 100);
  CHECK(connection.receive());
  CHECK_FALSE(connection.next());
  CHECK(connection.fault() == "these are no frames of forkmap");
}

}  // namespace forkmap::node
