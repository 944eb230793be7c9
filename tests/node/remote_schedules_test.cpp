// SPDX-License-Identifier: Apache-2.0
//
// Faults at any step of any schedule: N items in, N outcomes out.
#include "core/node/remote_site.hpp"

#include <random>

#include "tests/catch.hpp"
#include "tests/node/made_up_nodes.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

using node::FrameType;
using node::NodeState;
using pool::Site;

namespace {

// One schedule of random steps over three nodes, of which at most two are lost.
class NodeSchedule {
 public:
  explicit NodeSchedule(std::uint32_t seed) : random_(seed), made_(3) {
    std::vector<std::string> lines = MadeUpNodes::numbers(700);
    lines[below(700)] = "bad";
    first_ = &made_.open(std::move(lines));
    MapOptions once;
    once.once = true;
    once_ = &made_.open(MadeUpNodes::numbers(40), once);
  }

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      do_something();
      if (below(3) != 0) made_.step();
    }
    for (const auto& agent : made_.agents) agent->stop(false);
    made_.run_to_end();
    made_.check(*first_);
    check_once();
    CHECK_FALSE(made_.site->holds_work());
    CHECK_FALSE(made_.ledger.has_returned());
  }

 private:
  std::mt19937 random_;
  MadeUpNodes made_;
  ReadMap* first_ = nullptr;
  ReadMap* once_ = nullptr;
  int deaths_ = 0;

  std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(random_() % end); }

  void do_something() {
    MadeUpAgent& agent = *made_.agents[below(3)];
    switch (below(12)) {
      case 0:
        if (deaths_ < 2 && below(4) == 0) {
          agent.die();
          ++deaths_;
        }
        return;
      case 1:
        agent.stop(!agent.is_stopped());
        return;
      case 2:
        made_.wait(std::chrono::milliseconds(below(3000)));
        for (const auto& one : made_.agents) {
          if (!one->is_dead() && !one->is_stopped()) one->beat();
        }
        return;
      case 3:
        (void)made_.site->give_back();
        return;
      default:
        agent.run(1 + below(60));
        return;
    }
  }

  // Each runs at most once, or fails with its node.
  void check_once() {
    REQUIRE(once_->map->settled());
    REQUIRE(once_->read == 40);
    for (const auto& [item, error] : once_->errors) {
      REQUIRE(error.kind == ErrorKind::node_lost);
      REQUIRE_FALSE(once_->texts.contains(item));
    }
  }
};

}  // namespace

TEST_CASE("nodes are killed and stopped in any schedule: N items in, N outcomes out") {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    NodeSchedule schedule(seed);
    schedule.run(150);
  }
}

TEST_CASE("a node is killed or stopped at any step: the output is that of one machine") {
  const bool is_killed = GENERATE(false, true);
  for (int fault = 0; fault < 40; ++fault) {
    CAPTURE(is_killed, fault);
    MadeUpNodes made(2);
    const ReadMap& read = made.open(MadeUpNodes::numbers(600));
    for (int step = 0; step < 40; ++step) {
      if (step == fault && is_killed) made.agents[0]->die();
      if (step == fault && !is_killed) made.agents[0]->stop(true);
      for (const auto& agent : made.agents) {
        if (agent->run(7) == 0 && !agent->is_dead() && !agent->is_stopped()) agent->beat();
      }
      made.wait(1100ms);
    }
    made.run_to_end();
    made.check(read);
    if (is_killed) CHECK(made.site->node(0).state == NodeState::lost);
  }
}

}  // namespace forkmap::testing
