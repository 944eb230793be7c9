// SPDX-License-Identifier: Apache-2.0
//
// Other machines that do what they should.
#include "core/node/remote_site.hpp"

#include <algorithm>

#include "tests/catch.hpp"
#include "tests/node/made_up_nodes.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

using node::FrameType;
using node::NodeState;
using pool::Site;

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
  for (std::size_t place = 0; place < 2; ++place) {
    CHECK(made.site->node(place).blocks == made.agents[place]->block_sizes().size());
  }
  CHECK(made.site->rows().counts().needless_rows == 0);
  CHECK_FALSE(made.site->holds_work());
  CHECK(made.site->is_idle());
}

TEST_CASE("results that are wanted as columns come as columns") {
  MadeUpNodes made(2);
  std::vector<std::string> lines = MadeUpNodes::numbers(2000);
  lines[17] = "bad";
  lines[2] = "";
  lines[1002] = std::string(300'000, 'x');
  ReadMap& read = made.open(lines, {}, 3, pool::TextResults::columns);
  made.step();
  for (const auto& agent : made.agents) {
    REQUIRE(agent->opened().size() == 1);
    CHECK(agent->opened()[0].wants_columns);
  }
  made.run_to_end();
  made.check(read);
  CHECK(read.errors.at(17).message == "bad indeed");
  CHECK(made.site->unserved().empty());
}

TEST_CASE("a map whose items are columns stays for other sites") {
  MadeUpNodes made(1);
  made.table.add_function("sum", "", types::parse_signature("(i64) -> i64"), {}, nullptr);
  pool::MapRequest request = request_of(made.table.resolve("sum"), {});
  request.text.reset();
  const auto map = made.ledger.open({}, std::move(request));
  made.step();
  CHECK(made.site->unserved() ==
        "no other machine runs this map of sum: its items are columns, and only text goes there");
  CHECK(map->fed() == 0);
  // That is said of what waits now only.
  made.ledger.cancel(*map, false, made.now);
  made.step();
  CHECK(made.site->unserved().empty());
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

TEST_CASE("of items that are known to be long a node gets few at first") {
  MadeUpNodes made(1);
  const ReadMap& read = made.open(MadeUpNodes::numbers(100));
  read.map->cost.time_ns = 1e9;  // as this machine has seen
  made.step();
  CHECK(made.agents[0]->block_sizes() == std::vector<std::uint32_t>{1, 1, 1});
  made.run_to_end();  // there they take a millisecond
  made.check(read);
  CHECK(*std::ranges::max_element(made.agents[0]->block_sizes()) > 1);
}

TEST_CASE("what a node takes for one map says nothing of another") {
  MadeUpNodes made(1);
  const ReadMap& first = made.open(MadeUpNodes::numbers(300));
  made.run_to_end();
  made.check(first);
  const std::size_t blocks = made.agents[0]->block_sizes().size();
  const ReadMap& second = made.open(MadeUpNodes::numbers(300));
  made.run_to_end();
  made.check(second);
  CHECK(made.agents[0]->block_sizes()[blocks] == node::kFirstBlockRows);
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
  CHECK(made.notices ==
        std::vector<std::string>{"node n1 was left out: it would not run the same: function cry "
                                 "(str) -> str is (i64) -> i64 there"});
  made.agents[1]->hello(made.hello());
  const ReadMap& read = made.open(MadeUpNodes::numbers(100));
  made.run_to_end();
  made.check(read);
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
  CHECK(made.ledger.has_returned());  // others have the first choice
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

TEST_CASE("what workers of nodes print is passed on with the name of their node") {
  std::vector<std::string> printed;
  node::RemoteRules rules;
  rules.printed = [&](std::string_view name, std::string_view bytes) {
    printed.push_back(std::string(name) + ": " + std::string(bytes));
  };
  rules.printed_line = [&](std::string_view name, int worker, pid_t pid, std::string_view line) {
    printed.push_back(std::string(name) + " " + std::to_string(worker) + " " + std::to_string(pid) +
                      ": " + std::string(line));
  };
  MadeUpNodes made(2, rules);
  made.agents[1]->send(to_message(node::Printed{.bytes = "half a li"}));
  made.agents[0]->send(to_message(node::Printed{.lines = {{1, 4711, "one"}, {0, 4712, "two"}}}));
  made.agents[1]->send(to_message(node::Printed{.cut_bytes = 12, .bytes = "ne\n"}));
  made.step();
  CHECK(printed ==
        std::vector<std::string>{"n1 1 4711: one", "n1 0 4712: two", "n2: half a li", "n2: ne\n"});
  CHECK(made.notices == std::vector<std::string>{
                            "node n2: 12 bytes that its workers printed are missing here: nobody "
                            "could take them"});
  // Without callbacks nobody is told, and no harm is done.
  MadeUpNodes silent(1);
  silent.agents[0]->send(to_message(node::Printed{.bytes = "x", .lines = {{1, 4711, "one"}}}));
  silent.step();
  CHECK(silent.site->node(0).state == NodeState::up);
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

}  // namespace forkmap::testing
