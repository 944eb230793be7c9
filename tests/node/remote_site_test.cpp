// SPDX-License-Identifier: Apache-2.0
//
// Nodes that are slow, silent, lost, stopped for a while or lying: N items in, N outcomes out.
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

// The node that has the rows in front of a map.
std::size_t front_holder(const MadeUpNodes& made) {
  const auto fronts = made.site->rows().front_blocks();
  REQUIRE(fronts.size() == 1);
  return made.site->rows().holders(*fronts.front()).front();
}

}  // namespace

TEST_CASE("rows go to all nodes, and their outcomes come in order, each once") {
  MadeUpNodes made(2);
  CHECK(made.site->state() == Site::State::serving);
  CHECK(made.ledger.workers() == 4);
  std::vector<std::string> lines = MadeUpNodes::numbers(3000);
  lines[17] = "bad";
  lines[2000] = "";
  lines[2001] = "two\nlines";
  lines[2002] = std::string(300'000, 'x');
  ReadMap& read = made.open(lines, {}, 3);
  made.run_to_end();
  made.check(read);
  CHECK(read.errors.at(17).message == "bad indeed");
  CHECK(read.errors.at(17).node == read.nodes.at(17));
  for (const auto& agent : made.agents) {
    CHECK_FALSE(agent->lines_run().empty());
    CHECK(agent->block_sizes().front() == node::kFirstBlockRows);
  }
  CHECK(made.site->rows().counts().needless_rows == 0);
  CHECK_FALSE(made.site->holds_work());
  CHECK(made.site->is_idle());
}

TEST_CASE("a map is opened at a node once, with what it was asked for, and closed at its end") {
  MadeUpNodes made(1);
  MapOptions options;
  options.retries = 4;
  options.timeout = 3s;
  options.chunk = 5;
  const ReadMap& read = made.open(MadeUpNodes::numbers(500), options, 2);
  made.run_to_end();
  made.check(read);
  REQUIRE(made.agents[0]->opened().size() == 1);
  const node::OpenMap& open = made.agents[0]->opened()[0];
  CHECK(open.function == "cry");
  CHECK(open.signature == "(str) -> str");
  CHECK(open.retries == 4);
  CHECK(open.timeout == 3s);
  CHECK(open.chunk == 5);
  CHECK(open.index_stride == 2);
  CHECK_FALSE(open.once);
  made.wait(200ms);
  CHECK(made.agents[0]->heard_of(FrameType::close) == 1);
}

TEST_CASE("a node that would run other code is left out, and told why") {
  MadeUpNodes made(2, {}, false);
  node::Hello other = made.hello();
  other.functions[0].signature = "(i64) -> i64";
  made.agents[0]->hello(other);
  made.step();
  CHECK(made.site->state() == Site::State::coming_up);
  CHECK(made.site->node(0).state == NodeState::left_out);
  CHECK(made.agents[0]->heard_of(FrameType::refused) == 1);
  CHECK(made.notices == std::vector<std::string>{
                            "node n1 was left out: it would run other code: function cry (str) -> "
                            "str is (i64) -> i64 there"});
  made.agents[1]->hello(made.hello());
  const ReadMap& read = made.open(MadeUpNodes::numbers(100));
  made.run_to_end();
  made.check(read);
}

TEST_CASE("the rows of a node that dies run on the other, and finished ones are kept") {
  const bool is_asked = GENERATE(false, true);  // its end, or its silence
  CAPTURE(is_asked);
  MadeUpNodes made(2);
  const ReadMap& read = made.open(MadeUpNodes::numbers(1000));
  made.step();
  REQUIRE(made.agents[0]->run(10) == 10);
  made.step();
  REQUIRE(made.agents[0]->rows() > 0);
  if (is_asked) {
    made.agents[0]->die();
  } else {
    made.agents[0]->stop(true);
    for (int second = 0; second < 40; ++second) {
      made.wait(1s);
      made.agents[1]->beat();
    }
  }
  made.run_to_end();
  made.check(read);
  CHECK(made.site->node(0).state == NodeState::lost);
  CHECK(made.site->state() == Site::State::serving);
  CHECK(made.ledger.workers() == 2);
  CHECK(made.notices.size() == 1);
  CHECK(made.site->rows().counts().moved_rows + made.site->rows().counts().copied_blocks > 0);
  // The ten that had come were not run again, unless their block was copied before.
  std::size_t twice = 0;
  for (const std::string& line : made.agents[0]->lines_run()) {
    twice += made.agents[1]->lines_run().count(line);
  }
  CHECK(twice == 0);
}

TEST_CASE("a node that was given up and comes back is not heard") {
  MadeUpNodes made(2);
  const ReadMap& read = made.open(MadeUpNodes::numbers(1000));
  made.step();
  made.agents[0]->stop(true);
  for (int second = 0; second < 40; ++second) {
    made.wait(1s);
    made.agents[1]->beat();
  }
  REQUIRE(made.site->node(0).state == NodeState::lost);
  made.agents[0]->stop(false);
  REQUIRE(made.agents[0]->run(20) == 20);  // it does not know yet
  made.run_to_end();
  made.check(read);
  CHECK(made.site->node(0).late_messages > 0);
  CHECK(made.site->node(0).items == 0);
  made.agents[0]->hear();
  CHECK(made.agents[0]->sees_end());
}

TEST_CASE("what is said in another epoch is dropped, and counted") {
  MadeUpNodes made(1);
  const ReadMap& read = made.open(MadeUpNodes::numbers(100));
  made.step();
  made.agents[0]->epoch = 7;
  made.agents[0]->beat();
  made.step();
  CHECK(made.site->node(0).late_messages == 1);
  made.agents[0]->epoch = 1;
  made.run_to_end();
  made.check(read);
}

TEST_CASE("a silent node gets nothing new, and its front block goes to another as well") {
  MadeUpNodes made(2);
  const ReadMap& read = made.open(MadeUpNodes::numbers(400));
  made.step();
  const std::size_t silent = front_holder(made);
  MadeUpAgent& other = *made.agents[1 - silent];
  made.agents[silent]->stop(true);
  for (int round = 0; round < 8; ++round) {
    made.wait(500ms);
    other.beat();
  }
  made.step();
  REQUIRE(made.site->node(silent).state == NodeState::suspect);
  CHECK(made.site->rows().counts().copied_blocks == 1);
  // Its other block is in front then, and follows.
  for (int round = 0; round < 10; ++round) {
    other.run(100);
    made.wait(100ms);
  }
  CHECK(made.site->rows().counts().copied_blocks == 2);
  CHECK(read.read > 128);  // what the silent one has is not waited for
  // It goes on: outcomes come twice, and the later ones are dropped.
  made.agents[silent]->stop(false);
  REQUIRE(made.agents[silent]->run(64) == 64);
  made.step();
  CHECK(made.site->node(silent).state == NodeState::up);
  CHECK(made.site->rows().counts().needless_rows == 64);
  made.run_to_end();
  made.check(read);
  CHECK(made.notices.empty());
}

TEST_CASE("the block in front is copied when it is late, and both may have done some of it") {
  MadeUpNodes made(2);
  const ReadMap& read = made.open(MadeUpNodes::numbers(2000));
  made.step();
  // Times of both are known; then the one that has the front block becomes slow.
  for (int round = 0; round < 4; ++round) {
    for (const auto& agent : made.agents) agent->run(40);
    made.step();
  }
  for (int round = 0; round < 60; ++round) {
    made.agents[0]->beat();
    made.agents[1]->run(20);
    made.wait(100ms);
  }
  REQUIRE(made.site->rows().counts().copied_blocks > 0);
  for (int round = 0; round < 400 && !read.map->settled(); ++round) {
    made.agents[0]->run(3);
    made.agents[1]->run(5);
    made.wait(100ms);
  }
  made.run_to_end();
  made.check(read);
}

TEST_CASE("an item that takes nodes down is found, and costs no other item") {
  MadeUpNodes made(9);
  std::vector<std::string> lines = MadeUpNodes::numbers(64);
  lines[37] = "node!";
  const ReadMap& read = made.open(lines);
  made.run_to_end();
  made.check(read);
  const ItemError& error = read.errors.at(37);
  CHECK(error.kind == ErrorKind::node_lost);
  CHECK(error.message.starts_with("the item was on n"));
  CHECK(error.message.ends_with(" when each was lost"));
  CHECK(read.errors.size() == 1);
  CHECK(made.site->state() == Site::State::serving);
}

TEST_CASE("an item that may run once only fails with its node, and runs on no other") {
  MadeUpNodes made(2);
  MapOptions options;
  options.once = true;
  const ReadMap& read = made.open(MadeUpNodes::numbers(100), options);
  made.step();
  CHECK(made.agents[0]->rows() == 3);  // a row for each worker, and one more
  REQUIRE(made.agents[0]->run(1) == 1);
  made.agents[0]->die();
  made.run_to_end();
  REQUIRE(read.map->settled());
  CHECK(read.read == 100);
  REQUIRE(read.errors.size() >= 2);
  CHECK(read.errors.size() <= 3);
  for (const auto& [item, error] : read.errors) {
    CHECK(error.kind == ErrorKind::node_lost);
    CHECK(error.message == "it may have run on n1, which was lost, and it may run once only");
    CHECK(error.node == 1);
    CHECK(made.agents[1]->lines_run().count(std::to_string(item)) == 0);
  }
  for (const std::string& line : made.agents[1]->lines_run()) {
    CHECK(made.agents[1]->lines_run().count(line) == 1);
  }
}

TEST_CASE("without nodes the site fails, and what it held is for others") {
  MadeUpNodes made(2);
  const ReadMap& read = made.open(MadeUpNodes::numbers(300));
  made.step();
  for (const auto& agent : made.agents) agent->die();
  made.step();
  REQUIRE(made.site->has_failed());
  CHECK(made.site->failure() ==
        "no node is left; n1: its connection was closed; n2: its connection was closed");
  made.site->end();
  CHECK_FALSE(made.site->holds_work());
  CHECK(made.ledger.has_returned());
  CHECK(made.ledger.workers() == 1);
  std::uint64_t rows = 0;
  while (made.ledger.has_returned()) {
    const pool::Returned returned = made.ledger.take_returned();
    rows += returned.count;
    made.ledger.drop(returned);
  }
  CHECK(rows == read.map->fed());
}

TEST_CASE("rows that a node has not begun come back when others have nothing to do") {
  MadeUpNodes made(1);
  const ReadMap& read = made.open(MadeUpNodes::numbers(128));
  made.step();
  REQUIRE(made.agents[0]->run(10) == 10);
  made.step();
  REQUIRE(made.agents[0]->rows() == 118);
  CHECK_FALSE(made.site->give_back());  // they are on their way
  made.agents[0]->hear();
  made.site->step(pool::Look::everything, pool::StepTime(made.now));
  made.agents[0]->hear();
  CHECK(made.agents[0]->heard_of(FrameType::recall) == 2);
  made.run_to_end();
  made.check(read);
}

TEST_CASE("a cancelled map is settled at once, or by its outcomes") {
  const bool gives_outcomes = GENERATE(false, true);
  CAPTURE(gives_outcomes);
  MadeUpNodes made(1);
  ReadMap& read = made.open(MadeUpNodes::numbers(1000));
  made.step();
  made.ledger.cancel(*read.map, gives_outcomes, made.now + 5s);
  made.site->recall(*read.map, made.now);
  made.step();
  CHECK(made.agents[0]->heard_of(FrameType::cancel) == 1);
  if (gives_outcomes) {
    CHECK_FALSE(read.map->settled());
    made.run_to_end();
    CHECK(read.read == read.map->fed());
  } else {
    CHECK(read.map->settled());
    CHECK_FALSE(made.site->holds_work());
  }
  // The node has its credit back.
  const ReadMap& next = made.open(MadeUpNodes::numbers(100));
  made.run_to_end();
  made.check(next);
}

TEST_CASE("while all are paused nothing is given, and silence does not count") {
  MadeUpNodes made(1);
  CHECK(made.site->pause(true, made.now) == 0s);
  CHECK_FALSE(made.site->pause(true, made.now));
  const ReadMap& read = made.open(MadeUpNodes::numbers(100));
  made.wait(100s);
  CHECK(made.agents[0]->rows() == 0);
  CHECK(made.agents[0]->heard_of(FrameType::pause) == 1);
  CHECK(made.site->pause(false, made.now) == 100s);
  made.wait(1s);
  CHECK(made.site->node(0).state == NodeState::up);
  made.run_to_end();
  made.check(read);
}

TEST_CASE("a host that was away has heard nothing, and blames nobody for it") {
  MadeUpNodes made(1);
  made.now += 1h;
  made.step();
  CHECK(made.site->node(0).state == NodeState::up);
}

TEST_CASE("nodes that are asked to leave leave, and those that do not are ended") {
  MadeUpNodes made(2);
  made.agents[1]->stop(true);
  made.site->leave();
  CHECK(made.site->state() == Site::State::leaving);
  made.step();
  made.step();
  CHECK(made.site->node(0).state == NodeState::gone);
  CHECK(made.site->state() == Site::State::leaving);
  made.site->end();
  CHECK(made.site->state() == Site::State::gone);
  made.agents[1]->stop(false);
  for (int round = 0; round < 3; ++round) made.agents[1]->hear();
  CHECK(made.agents[1]->sees_end());
}

TEST_CASE("a node that says what cannot be is lost") {
  MadeUpNodes made(2);
  const ReadMap& read = made.open(MadeUpNodes::numbers(500));
  made.step();
  const std::size_t place = front_holder(made);  // it has block 1
  MadeUpAgent& liar = *made.agents[place];
  std::string why;
  SECTION("outcomes of no block") {
    node::Parts parts;
    parts.parts.push_back({.block = 999, .status = {1}, .ends = {0}});
    liar.send(to_message(parts));
    why = "it has sent outcomes of rows that it has not got";
  }
  SECTION("outcomes of too many rows") {
    node::Parts parts;
    parts.parts.push_back(
        {.block = 1, .row = 60, .status = {1, 1, 1, 1, 1}, .ends = {0, 0, 0, 0, 0}});
    liar.send(to_message(parts));
    why = "it has sent outcomes of rows that it has not got";
  }
  SECTION("two outcomes of a row") {
    node::Parts parts;
    parts.parts.push_back({.block = 1, .status = {1}, .ends = {3}, .text = "0!\n"});
    parts.parts.push_back({.block = 1, .status = {1}, .ends = {3}, .text = "0!\n"});
    liar.send(to_message(parts));
    why = "it has sent a second outcome of a row";
  }
  SECTION("rows back that it has not got") {
    liar.send(to_message(node::ReturnedRows{1, 60, 5}));
    why = "it has sent rows back that it has not got";
  }
  SECTION("a second hello") {
    liar.hello(made.hello());
    why = "it has sent a second hello";
  }
  SECTION("a message of coordinators") {
    liar.send(to_message(node::Ping{}));
    why = "it has sent a message that only coordinators send";
  }
  SECTION("a message that is too short") {
    node::Message message = to_message(node::Beat{});
    message.payload.pop_back();
    liar.send(message);
    why = "it has sent a message that is too short";
  }
  SECTION("a goodbye out of turn") {
    liar.send(to_message(node::Bye{"the pool broke", 0}));
    why = "the pool broke";
  }
  made.step();
  CHECK(made.site->node(place).state == NodeState::lost);
  CHECK(made.site->node(place).why_ended == why);
  made.run_to_end();
  made.check(read);
}

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
