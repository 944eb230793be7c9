// SPDX-License-Identifier: Apache-2.0
//
// Agents are killed, stopped and let go on at any point: N items in, N outcomes out, and the output
// is that of one machine.
#include <csignal>
#include <random>

#include "tests/catch.hpp"
#include "tests/node/node_fleet.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

TEST_CASE("an agent is killed, stopped, or stopped for a while, at any point of a run") {
  const NodeFault fault = GENERATE(NodeFault::kill, NodeFault::stop, NodeFault::pause);
  const std::uint64_t read_before = GENERATE(0U, 1U, 64U, 300U, 599U, 950U);
  CAPTURE(fault, read_before);
  NodeFleet fleet(fault);
  fleet.open();
  fleet.read_until(read_before);
  fleet.agents[0]->signal(fault == NodeFault::kill ? SIGKILL : SIGSTOP);
  if (fault == NodeFault::pause) {
    const auto end = std::chrono::steady_clock::now() + 400ms;
    while (std::chrono::steady_clock::now() < end && fleet.read.read < kItems) fleet.read_some();
    fleet.agents[0]->signal(SIGCONT);
  }
  fleet.read_until(kItems);
  fleet.check();
  CHECK_FALSE(fleet.loop->broken());
  if (fault == NodeFault::kill) {
    while (fleet.remote->node(0).state != node::NodeState::lost) fleet.read_some();
    CHECK(fleet.notices.size() == 1);
    CHECK(fleet.loop->ledger().workers() == 2);
  }
}

TEST_CASE("an agent is killed or stopped with long messages on their way") {
  const NodeFault fault = GENERATE(NodeFault::kill, NodeFault::stop, NodeFault::pause);
  const std::uint64_t read_before = GENERATE(0U, 100U, 500U);
  CAPTURE(fault, read_before);
  NodeFleet fleet(fault);
  fleet.open_echo();
  fleet.read_until(read_before);
  fleet.agents[1]->signal(fault == NodeFault::kill ? SIGKILL : SIGSTOP);
  if (fault == NodeFault::pause) {
    fleet.read_some();
    fleet.agents[1]->signal(SIGCONT);
  }
  fleet.read_until(kItems);
  fleet.check_echo();
}

TEST_CASE("with all agents killed this machine does the rest") {
  NodeFleet fleet;
  fleet.open();
  fleet.read_until(100);
  for (const auto& agent : fleet.agents) agent->signal(SIGKILL);
  fleet.read_until(kItems);
  fleet.check();
  CHECK(fleet.remote->has_failed());
  CHECK_FALSE(fleet.loop->broken());
}

TEST_CASE("without this machine a pool breaks with its last agent, and each item is told") {
  NodeFleet fleet(NodeFault::kill, false);
  fleet.open();
  fleet.read_until(100);
  for (const auto& agent : fleet.agents) agent->signal(SIGKILL);
  while (!fleet.loop->broken()) fleet.read_some();
  fleet.read.read_from(fleet.loop->ledger());
  CHECK(fleet.loop->broken_why().starts_with("no node is left; n1: its connection"));
  CHECK(fleet.read.map->settled());
  CHECK(fleet.read.read == fleet.read.map->fed());
}

TEST_CASE("items that may run once only are begun once, whatever becomes of their nodes") {
  const std::uint64_t read_before = GENERATE(0U, 1U, 200U);
  CAPTURE(read_before);
  NodeFleet fleet;
  MapOptions options;
  options.once = true;
  fleet.open(options);
  fleet.read_until(read_before);
  fleet.agents[1]->signal(SIGKILL);
  fleet.read_until(kItems);
  std::size_t lost = 0;
  for (const auto& [item, error] : fleet.read.errors) {
    if (error.kind == ErrorKind::node_lost) ++lost;
  }
  CHECK(lost <= 2);  // one that ran, and one that waited
  CHECK(fleet.read.errors.size() <= 4 + lost);
}

TEST_CASE("a pool that is paused for longer than nodes may be silent goes on") {
  NodeFleet fleet(NodeFault::pause);
  fleet.open();
  fleet.read_until(100);
  fleet.loop->pause(true);
  const auto end = std::chrono::steady_clock::now() + 1500ms;
  while (std::chrono::steady_clock::now() < end) fleet.read_some();
  CHECK(fleet.read.read < kItems);
  fleet.loop->pause(false);
  fleet.read_until(kItems);
  fleet.check();
}

TEST_CASE("agents are killed, stopped and let go on by chance") {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    NodeFleet fleet(NodeFault::stop);
    fleet.open();
    std::array<bool, 2> is_alive{true, true};
    while (fleet.read.read < kItems) {
      fleet.read_some();
      if (random() % 40 != 0) continue;
      const std::size_t which = random() % 2;
      if (!is_alive[which]) continue;
      switch (random() % 4) {
        case 0:
          fleet.agents[which]->signal(SIGKILL);
          is_alive[which] = false;
          break;
        case 1:
          fleet.agents[which]->signal(SIGSTOP);
          break;
        default:
          fleet.agents[which]->signal(SIGCONT);
      }
    }
    fleet.check();
  }
}

TEST_CASE("agents leave with a coordinator that is gone") {
  NodeFleet fleet;
  fleet.open();
  fleet.read_until(10);
  fleet.loop->kill();
  CHECK(fleet.agents[0]->wait() == 1);
  CHECK(fleet.agents[1]->wait() == 1);
}

}  // namespace forkmap::testing
