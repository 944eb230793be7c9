// SPDX-License-Identifier: Apache-2.0
// The first message is read, and not a byte behind it.

#include "host/nodes/first_message.hpp"

#include <sys/socket.h>

#include <string>

#include "core/base/unique_fd.hpp"
#include "core/node/messages.hpp"
#include "tests/catch.hpp"
#include "tests/host/nodes/made_up_courier.hpp"

using namespace forkmap;
using namespace forkmap::host;

namespace {

node::Hello hello_with(std::size_t functions) {
  node::Hello hello{.host = "far", .workers = 3};
  for (std::size_t number = 0; number < functions; ++number) {
    hello.functions.push_back({"plugin:f" + std::to_string(number), "(i64) -> i64"});
  }
  return hello;
}

}  // namespace

TEST_CASE("a hello is read, however it comes, and what follows stays") {
  // The larger one takes several frames.
  for (const std::size_t functions : {std::size_t{2}, std::size_t{60'000}}) {
    CAPTURE(functions);
    auto [near, far] = base::make_socket_pair(SOCK_STREAM);
    std::vector<std::byte> frames;
    node::append_frames(node::to_message(hello_with(functions)), frames);
    const std::string bytes(reinterpret_cast<const char*>(frames.data()), frames.size());
    FirstMessage first;
    std::optional<node::Message> message;
    constexpr std::size_t kPiece = 5003;
    for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
      CHECK_FALSE(message);
      std::string piece = bytes.substr(at, kPiece);
      if (at + kPiece >= bytes.size()) piece += "what follows";
      say(far, piece);
      message = first.read(near.get());
    }
    REQUIRE(message);
    node::Hello read;
    CHECK(node::from_message(*message, read).empty());
    CHECK(read == hello_with(functions));
    std::string rest(100, '\0');
    CHECK(::recv(near.get(), rest.data(), rest.size(), MSG_DONTWAIT) == 12);
    CHECK(rest.substr(0, 12) == "what follows");
  }
}

TEST_CASE("what is no message, or ends early, has a fault") {
  {
    auto [near, far] = base::make_socket_pair(SOCK_STREAM);
    say(far, std::string(48, 'x'));
    FirstMessage first;
    CHECK_FALSE(first.read(near.get()));
    CHECK(first.fault() != "");
  }
  auto [near, far] = base::make_socket_pair(SOCK_STREAM);
  std::vector<std::byte> frames;
  node::append_frames(node::to_message(hello_with(2)), frames);
  say(far, std::string(reinterpret_cast<const char*>(frames.data()), frames.size() - 1));
  FirstMessage first;
  CHECK_FALSE(first.read(near.get()));
  CHECK(first.fault() == "");
  far.reset();
  CHECK_FALSE(first.read(near.get()));
  CHECK(first.fault() == "its connection was closed");
}
