// SPDX-License-Identifier: Apache-2.0
#include "core/node/agent.hpp"

#include "tests/catch.hpp"
#include "tests/node/agent_team.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

TEST_CASE("an agent says what it has, and each row of each block has its outcome") {
  Team team;
  team.end.welcome({.beat_period = 1ms});
  team.step();
  REQUIRE(team.end.hellos.size() == 1);
  CHECK(team.end.hellos[0].host == "n3");
  CHECK(team.end.hellos[0].workers == 2);
  CHECK(team.end.hellos[0].functions.size() == 4);
  team.end.open(4, "square", kSignature);
  team.end.send(to_message(block_of(1, 4, 0, numbers(0, 10))));
  team.end.send(to_message(block_of(2, 4, 1010, numbers(10, 1000))));
  team.end.send(to_message(block_of(3, 4, 0, {"not a number"})));
  team.end.send(to_message(node::Ping{77}));
  team.wait_for_outcomes(1011);
  CHECK(team.end.lines[{1, 9}] == "81\n");
  CHECK(team.end.lines[{2, 0}] == "100\n");
  CHECK(team.end.lines[{2, 999}] == "1018081\n");
  REQUIRE(team.end.errors.size() == 2);
  const ItemError& unlucky = team.end.errors[{2, 3}];
  CHECK(unlucky.kind == ErrorKind::function_error);
  CHECK(unlucky.message == "unlucky");
  CHECK(unlucky.index == 1013);
  CHECK(team.end.errors[{3, 0}].kind == ErrorKind::bad_item);
  while (team.end.beats.empty() || team.end.beats.back().echo != 77 ||
         team.end.beats.back().items_done != 1011) {
    team.step();
  }
  CHECK(team.end.beats.back().workers_up == 2);
  team.end.send(node::to_message(node::FrameType::shutdown));
  team.wait_for_end();
  CHECK(team.agent.why_over().empty());
  REQUIRE(team.end.byes.size() == 1);
  CHECK(team.end.byes[0].items_done == 1011);
}

TEST_CASE("an agent sends columns where they are wanted") {
  Team team;
  team.end.welcome();
  team.end.open(4, "square", kSignature, true);
  team.end.open(5, "die", kSignature, true);
  team.end.send(to_message(block_of(1, 4, 0, numbers(0, 1000))));
  team.end.send(to_message(block_of(2, 4, 0, {"not a number"})));
  team.end.send(to_message(block_of(3, 5, 0, numbers(0, 6))));
  team.wait_for_outcomes(1007);
  CHECK(team.end.lines.empty());
  for (std::int64_t row = 0; row < 1000; ++row) {
    if (row != 13) CHECK(team.end.values.at({1, static_cast<std::uint32_t>(row)}) == row * row);
  }
  CHECK(team.end.values.at({3, 5}) == 5);
  REQUIRE(team.end.errors.size() == 3);
  CHECK(team.end.errors[{1, 13}].message == "unlucky");
  CHECK(team.end.errors[{2, 0}].kind == ErrorKind::bad_item);
  CHECK(team.end.errors[{3, 3}].kind == ErrorKind::worker_died);
}

TEST_CASE("a death in a worker of an agent costs its item only") {
  Team team;
  team.end.welcome();
  team.end.open(1, "die", kSignature);
  team.end.send(to_message(block_of(1, 1, 0, numbers(0, 6))));
  team.wait_for_outcomes(6);
  REQUIRE(team.end.errors.size() == 1);
  CHECK(team.end.errors[{1, 3}].kind == ErrorKind::worker_died);
  CHECK(team.end.errors[{1, 3}].signal == SIGKILL);
  CHECK(team.end.errors[{1, 3}].index == 3);
}

TEST_CASE("rows that nobody has begun come back, each once") {
  Team team;
  team.end.welcome();
  team.end.open(1, "hang", kSignature);
  team.end.send(to_message(block_of(1, 1, 0, {"1", "1"})));  // both workers
  team.end.send(to_message(block_of(2, 1, 2, numbers(100, 50))));
  team.end.send(to_message(node::RecallBlock{1}));
  team.end.send(to_message(node::RecallBlock{2}));
  team.end.send(to_message(node::RecallBlock{2}));
  team.end.send(to_message(node::RecallBlock{99}));
  while (team.end.returned.empty() || team.end.returned.back().block != 2) team.step();
  const node::ReturnedRows& back = team.end.returned.back();
  CHECK(back.row + back.count == 50);
  const std::size_t messages = team.end.returned.size();
  // What runs is stopped when its map is cancelled; what was taken by the workers has an outcome.
  team.end.send(to_message(node::CancelMap{1, 10ms}));
  std::size_t come_back = 0;
  for (const auto& returned : team.end.returned) come_back += returned.count;
  team.wait_for_outcomes(52 - come_back);
  CHECK(team.end.returned.size() == messages);
  for (const auto& [place, error] : team.end.errors) CHECK(error.kind == ErrorKind::cancelled);
}

TEST_CASE("an agent without a coordinator leaves") {
  Team team;
  team.end.welcome();
  team.end.open(1, "hang", kSignature);
  team.end.send(to_message(block_of(1, 1, 0, {"1"})));
  team.step();
  SECTION("whose end was closed") {
    team.end.connection.close("the test wants it so");
    team.wait_for_end();
    CHECK(team.agent.why_over() == "the coordinator is gone: its connection was closed");
  }
  SECTION("that says nothing") {
    team.end.welcome({.beat_period = 1ms, .silence_limit = 30ms});
    team.wait_for_end();
    CHECK(team.agent.why_over() == "the coordinator has been silent for too long");
  }
}

TEST_CASE("an agent that does not understand says so, and leaves") {
  Team team;
  team.end.welcome();
  SECTION("a function that it has not") {
    team.end.open(1, "cube", kSignature);
    team.wait_for_end();
    CHECK(team.agent.why_over() == "function cube (i64) -> i64 is missing there");
  }
  SECTION("another signature") {
    team.end.open(1, "square", "(f64) -> f64");
    team.wait_for_end();
    CHECK(team.agent.why_over() == "function square (f64) -> f64 is missing there");
  }
  SECTION("a block of no map") {
    team.end.send(to_message(block_of(1, 1, 0, {"1"})));
    team.wait_for_end();
    CHECK(team.agent.why_over() == "a block of a map that is not open");
  }
  SECTION("a message of agents") {
    team.end.send(to_message(node::Beat{}));
    team.wait_for_end();
    CHECK(team.agent.why_over() == "the coordinator has sent a message that only agents send");
  }
  REQUIRE(team.end.byes.size() == 1);
  CHECK(team.end.byes[0].why == team.agent.why_over());
}

TEST_CASE("an agent whose pool breaks sends no outcome of that") {
  Team team;
  team.end.welcome();
  team.end.open(1, "hang", kSignature);
  team.end.send(to_message(block_of(1, 1, 0, {"1", "1", "2", "3"})));
  team.step();
  // Its zygote is gone, and workers like its own cannot be forked again.
  team.registry.add("newer", [](std::int64_t x) { return x; });
  REQUIRE(::kill(team.agent.zygote_pid(), SIGKILL) == 0);
  team.wait_for_end();
  for (const auto& [place, error] : team.end.errors) CHECK(error.kind != ErrorKind::not_run);
  REQUIRE(team.end.byes.size() == 1);
  CHECK(team.end.byes[0].why.find("has moved on from generation") != std::string::npos);
}

}  // namespace forkmap::testing
