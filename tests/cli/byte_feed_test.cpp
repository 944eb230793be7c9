// SPDX-License-Identifier: Apache-2.0
#include "host/byte_feed.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "core/base/unique_fd.hpp"
#include "host/usage_error.hpp"
#include "tests/catch.hpp"

using namespace forkmap;

TEST_CASE("standard input that is a socket of messages is refused, and a stream socket is read") {
  const base::UniqueFd before(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  REQUIRE(before);
  for (const int type : {SOCK_SEQPACKET, SOCK_DGRAM, SOCK_STREAM}) {
    CAPTURE(type);
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const base::UniqueFd near(ends[0]);
    const base::UniqueFd far(ends[1]);
    REQUIRE(::dup2(near.get(), STDIN_FILENO) == STDIN_FILENO);
    if (type == SOCK_STREAM) {
      CHECK_NOTHROW(host::open_feed("-"));
    } else {
      CHECK_THROWS_AS(host::open_feed("-"), host::UsageError);
    }
    REQUIRE(::dup2(before.get(), STDIN_FILENO) == STDIN_FILENO);
  }
}
