// SPDX-License-Identifier: Apache-2.0
// Who may come in as a courier.

#include "host/nodes/courier_door.hpp"

#include <sys/socket.h>

#include "tests/catch.hpp"
#include "tests/host/nodes/made_up_courier.hpp"

using namespace forkmap;
using namespace forkmap::host;

namespace {

bool is_closed(const base::UniqueFd& socket) {
  char byte = 0;
  return ::recv(socket.get(), &byte, 1, MSG_DONTWAIT) == 0;
}

}  // namespace

TEST_CASE("a courier that knows the nonce comes in, and its stream goes on") {
  CourierDoor door;
  const base::UniqueFd far = come_in(door, 2, 5);
  say(far, std::string("what follows"));
  const auto stream = door.take();
  REQUIRE(stream);
  CHECK(stream->peer == 2);
  CHECK(stream->ranks == 5);
  std::string read(12, '\0');
  CHECK(::recv(stream->socket.get(), read.data(), read.size(), MSG_WAITALL) == 12);
  CHECK(read == "what follows");
  CHECK_FALSE(door.take());
}

TEST_CASE("a preamble may come byte by byte, and several at once") {
  CourierDoor door;
  const base::UniqueFd slow = knock(door.name());
  const std::string bytes = preamble(door.nonce(), 1, 3);
  for (const char byte : bytes) {
    CHECK_FALSE(door.take());
    say(slow, std::string(1, byte));
  }
  const base::UniqueFd other = come_in(door, 2, 3);
  const auto first = door.take();
  const auto second = door.take();
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->peer + second->peer == 3);
  CHECK_FALSE(door.take());
}

TEST_CASE("nobody else comes in") {
  CourierDoor door;
  std::string wrong = door.nonce();
  wrong.front() = wrong.front() == '0' ? '1' : '0';
  for (const std::string& bytes :
       {preamble(wrong, 1, 3), std::string(32, 'x'), preamble(door.nonce(), 3, 3)}) {
    const base::UniqueFd far = knock(door.name());
    say(far, bytes);
    CHECK_FALSE(door.take());
    CHECK(is_closed(far));
  }
  base::UniqueFd gone = knock(door.name());
  say(gone, std::string("FKM"));
  gone.reset();
  CHECK_FALSE(door.take());
  CHECK(door.awaited().size() == 1);  // nobody stands there any more
}

TEST_CASE("each door has a name and a nonce of its own") {
  const CourierDoor one;
  const CourierDoor other;
  CHECK(one.name() != other.name());
  CHECK(one.nonce() != other.nonce());
  CHECK(one.nonce().size() == 32);
  CHECK(one.name().find(one.nonce()) == std::string::npos);
}
