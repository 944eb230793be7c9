// SPDX-License-Identifier: Apache-2.0
#include "core/node/agent_output.hpp"

#include <sys/socket.h>

#include <string>
#include <vector>

#include "core/base/epoll.hpp"
#include "tests/catch.hpp"

namespace forkmap::testing {

namespace {

// An agent's output, and the coordinator that takes it, or does not.
class Link {
 public:
  Link() : Link(base::make_socket_pair(SOCK_STREAM)) {}

  void send() {
    output.send(agent, [this](node::Message&& message) { agent.send(message); });
    agent.flush();
  }
  void hear() {
    agent.flush();
    coordinator.receive();
    while (auto message = coordinator.next()) {
      node::Printed printed;
      REQUIRE(from_message(*message, printed).empty());
      heard.push_back(std::move(printed));
    }
  }
  [[nodiscard]] std::string bytes() const {
    std::string bytes;
    for (const node::Printed& printed : heard) bytes += printed.bytes;
    return bytes;
  }
  [[nodiscard]] std::uint64_t cut_bytes() const {
    std::uint64_t bytes = 0;
    for (const node::Printed& printed : heard) bytes += printed.cut_bytes;
    return bytes;
  }

  base::UniqueFd epoll = base::new_epoll();
  node::Connection agent;
  node::Connection coordinator;
  node::AgentOutput output;
  std::vector<node::Printed> heard;

 private:
  explicit Link(std::pair<base::UniqueFd, base::UniqueFd> sockets)
      : agent(std::move(sockets.first), epoll.get()),
        coordinator(std::move(sockets.second), epoll.get()) {}
};

}  // namespace

TEST_CASE("output is sent in order, in messages that a coordinator takes") {
  Link link;
  std::string all;
  for (int number = 0; number < 100; ++number) {
    const std::string part(20'000, static_cast<char>('a' + number % 26));
    link.output.add(part);
    all += part;
  }
  link.send();
  while (link.bytes().size() < all.size()) link.hear();
  CHECK(link.bytes() == all);
  CHECK(link.heard.size() > 1);
  CHECK(link.cut_bytes() == 0);
}

TEST_CASE("while a coordinator does not take what there is the agent is to rest") {
  Link link;
  CHECK_FALSE(link.output.must_rest(link.agent));
  const std::string part(100'000, 'x');
  std::size_t parts = 0;
  while (!link.output.must_rest(link.agent)) {
    link.output.add(part);
    link.send();
    ++parts;
    REQUIRE(parts < 1000);  // sockets take some of it
  }
  REQUIRE(parts > 10);
  while (link.bytes().size() < parts * part.size()) link.hear();
  CHECK_FALSE(link.output.must_rest(link.agent));
  CHECK(link.cut_bytes() == 0);
}

TEST_CASE("what is more than can be held is cut, and told where it was") {
  Link link;
  const std::string part(1'000'000, 'x');
  for (int number = 0; number < 8; ++number) link.output.add(part);
  CHECK(link.output.must_rest(link.agent));
  link.output.add(part);
  link.output.add_line(3, 4711, std::string(500'000, 'y'));
  link.output.add("end");
  link.send();
  while (link.bytes().size() < 8'000'003) link.hear();
  CHECK(link.heard.back().bytes == "end");
  CHECK(link.heard.back().cut_bytes == link.cut_bytes());
  CHECK(link.cut_bytes() == 1'500'000 + sizeof(node::PrintedLine));
  link.output.add("more");
  link.send();
  while (link.heard.back().bytes != "more") link.hear();
  CHECK(link.heard.back().cut_bytes == 0);
}

}  // namespace forkmap::testing
