// SPDX-License-Identifier: Apache-2.0
//
// An agent with workers of its own; the test is its coordinator, in the same process.
#include "core/node/agent.hpp"

#include <csignal>
#include <forkmap/registry.hpp>
#include <stdexcept>

#include "tests/catch.hpp"
#include "tests/node/coordinator_end.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

namespace {

class Team {
 public:
  explicit Team(WorkerOutput output = WorkerOutput::inherit, PoolOptions options = {})
      : Team(base::make_socket_pair(SOCK_STREAM), with(output, std::move(options))) {}

  void step() {
    agent.step(10ms);
    end.hear();
  }
  void wait_for_outcomes(std::size_t count) {
    while (end.outcomes() < count) {
      REQUIRE_FALSE(agent.is_over());
      step();
    }
  }
  void wait_for_end() {
    while (!agent.is_over()) agent.step(10ms);
    while (!end.connection.is_over()) end.hear();
  }

  Registry registry;
  CoordinatorEnd end;
  node::Agent agent;

 private:
  Team(std::pair<base::UniqueFd, base::UniqueFd> sockets, PoolOptions options)
      : end((add_functions(registry), std::move(sockets.first))),
        agent(registry.table(), std::move(options), std::move(sockets.second), "n3") {}

  static void add_functions(Registry& registry) {
    registry.add("square", [](std::int64_t x) {
      if (x == 13) throw std::runtime_error("unlucky");
      return x * x;
    });
    registry.add("die", [](std::int64_t x) {
      if (x == 3) ::raise(SIGKILL);
      return x;
    });
    registry.add("print", [](std::int64_t x) {
      const std::string text =
          x == 3 ? "a line\nand a half" : std::string(static_cast<std::size_t>(x), 'x');
      std::size_t at = 0;
      while (at < text.size()) {
        const ssize_t written = ::write(1, text.data() + at, text.size() - at);
        if (written > 0) at += static_cast<std::size_t>(written);
      }
      if (x == 3) throw std::runtime_error("three");
      return x;
    });
    registry.add("hang", [](std::int64_t x) {
      while (x == 1) ::pause();
      return x;
    });
  }
  static PoolOptions with(WorkerOutput output, PoolOptions options) {
    options.workers = 2;
    options.worker_output = output;
    return options;
  }
};

std::vector<std::string> numbers(int first, int count) {
  std::vector<std::string> lines;
  for (int number = first; number < first + count; ++number) {
    lines.push_back(std::to_string(number));
  }
  return lines;
}

template <class What>
std::size_t count_of(const std::vector<node::NodeEvents>& messages) {
  std::size_t count = 0;
  for (const node::NodeEvents& message : messages) {
    for (const node::NodeEvent& event : message.events) {
      count += std::holds_alternative<What>(event.what) ? 1U : 0U;
    }
  }
  return count;
}

constexpr const char* kSignature = "(i64) -> i64";

}  // namespace

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

TEST_CASE("what workers print is sent, and stands in the errors of items that failed") {
  const bool is_tagged = GENERATE(false, true);
  CAPTURE(is_tagged);
  Team team(is_tagged ? WorkerOutput::tag : WorkerOutput::forward);
  team.end.welcome();
  team.end.open(1, "print", kSignature);
  team.end.send(to_message(block_of(1, 1, 10, {"3"})));
  team.wait_for_outcomes(1);
  const ItemError& error = team.end.errors[{1, 0}];
  CHECK(error.printed == "a line\nand a half");
  CHECK(error.printed_since == 10);
  team.end.send(node::to_message(node::FrameType::shutdown));
  team.wait_for_end();
  team.end.hear();
  if (!is_tagged) {
    CHECK(team.end.printed_bytes() == "a line\nand a half");
    return;
  }
  std::vector<std::string> lines;
  for (const node::Printed& printed : team.end.printed) {
    for (const node::PrintedLine& line : printed.lines) {
      lines.push_back(line.line);
      CHECK(line.pid == error.pid);
      CHECK(line.worker < 2);
    }
  }
  CHECK(lines == std::vector<std::string>{"a line", "and a half"});
}

TEST_CASE("what start hooks print is sent, too") {
  PoolOptions options;
  options.worker_start = [] { (void)!::write(1, "good morning\n", 13); };
  Team team(WorkerOutput::forward, std::move(options));
  team.step();
  CHECK(team.end.hellos.size() == 1);
  team.end.welcome();
  while (team.end.printed_bytes() != "good morning\ngood morning\n") team.step();
}

TEST_CASE("a coordinator that does not listen for a while misses nothing of what workers print") {
  Team team(WorkerOutput::forward);
  team.end.welcome();
  team.end.open(1, "print", kSignature);
  constexpr std::size_t kRows = 64;
  constexpr std::size_t kBytes = std::size_t{1} << 19U;
  team.end.send(to_message(block_of(1, 1, 0, {kRows, std::to_string(kBytes)})));
  for (int step = 0; step < 300; ++step) team.agent.step(1ms);
  team.wait_for_outcomes(kRows);
  while (team.end.printed_bytes().size() < kRows * kBytes) team.step();
  for (const node::Printed& printed : team.end.printed) CHECK(printed.cut_bytes == 0);
}

TEST_CASE("an agent tells how a worker crashed, and in which row of which block") {
  Team team;
  team.end.welcome();
  // Two maps of one function, so that positions alone do not say which.
  team.end.open(1, "die", kSignature);
  team.end.open(2, "die", kSignature);
  team.end.send(to_message(block_of(11, 1, 100, numbers(10, 5))));
  team.end.send(to_message(block_of(12, 1, 500, numbers(0, 6))));
  team.end.send(to_message(block_of(21, 2, 900, numbers(3, 1))));
  team.wait_for_outcomes(12);
  REQUIRE(team.end.crashes.size() == 2);
  std::map<std::uint64_t, const node::Crash*> by_block;
  for (const node::Crash& crash : team.end.crashes) {
    by_block[crash.block] = &crash;
    CHECK(crash.report.signal == SIGKILL);
    CHECK(crash.report.is_final);
    CHECK(crash.report.attempts == 1);
    CHECK(crash.report.count == 1);
  }
  REQUIRE(by_block.contains(12));
  CHECK(by_block[12]->row == 3);
  const ItemError& error = team.end.errors.at({12, 3});
  CHECK(by_block[12]->report.pid == error.pid);
  REQUIRE(by_block.contains(21));
  CHECK(by_block[21]->row == 0);
}

TEST_CASE("an agent tells what happens in its pool, to its end") {
  Team team;
  team.end.welcome({.wants_events = true});
  team.end.open(1, "die", kSignature);
  team.end.send(to_message(block_of(1, 1, 1000, numbers(0, 300))));
  team.wait_for_outcomes(300);
  // Two workers, and the successor of one.
  while (count_of<pool::WorkerReady>(team.end.events) < 3) team.step();
  team.end.send(node::to_message(node::FrameType::shutdown));
  team.wait_for_end();
  std::map<std::uint64_t, int> runs;
  std::vector<pool::WorkerEnd> ends;
  std::size_t lost = 0;
  for (const node::NodeEvents& message : team.end.events) {
    CHECK(message.missing == 0);
    for (const node::NodeEvent& event : message.events) {
      if (const auto* ran = std::get_if<pool::TaskRan>(&event.what)) {
        CHECK(event.text == "die");
        CHECK(ran->ended <= message.sent_at);
        for (std::uint32_t item = 0; item < ran->items; ++item) ++runs[ran->first_index + item];
      } else if (const auto* gone = std::get_if<pool::WorkerGone>(&event.what)) {
        ends.push_back(gone->end);
      } else if (const auto* item = std::get_if<pool::ItemLost>(&event.what)) {
        ++lost;
        CHECK(item->index == 1003);
        CHECK(item->is_final);
      }
    }
  }
  CHECK(lost == 1);
  CHECK(runs.size() == 299);
  for (const auto& [index, count] : runs) CHECK(count == 1);
  CHECK(std::ranges::count(ends, pool::WorkerEnd::died) == 1);
  CHECK(std::ranges::count(ends, pool::WorkerEnd::left) == 2);
}

TEST_CASE("an agent whose coordinator does not watch tells no events") {
  Team team;
  team.end.welcome();
  team.end.open(1, "square", kSignature);
  team.end.send(to_message(block_of(1, 1, 0, numbers(0, 100))));
  team.wait_for_outcomes(100);
  team.end.send(node::to_message(node::FrameType::shutdown));
  team.wait_for_end();
  CHECK(team.end.events.empty());
}

TEST_CASE("beats tell of the machine, of workers now and then, and answer the last ping") {
  Team team;
  team.end.welcome({.beat_period = 1ms});
  team.end.open(1, "hang", kSignature);
  team.end.send(to_message(block_of(1, 1, 40, {"1"})));
  team.end.send(to_message(node::Ping{77}));
  const auto runs = [](const node::Beat& beat) {
    return beat.workers && std::ranges::any_of(*beat.workers, [](const WorkerInfo& worker) {
             return worker.item == 40U;
           });
  };
  while (std::ranges::none_of(team.end.beats, runs) || team.end.beats.back().echo != 77) {
    team.step();
  }
  const auto has_table = [](const node::Beat& beat) { return beat.workers.has_value(); };
  CHECK(std::ranges::count_if(team.end.beats, has_table) <
        static_cast<std::ptrdiff_t>(team.end.beats.size()));
  const node::Beat& beat = *std::ranges::find_if(team.end.beats, runs);
  REQUIRE(beat.workers->size() == 2);
  const auto worker = std::ranges::find(*beat.workers, WorkerState::running, &WorkerInfo::state);
  REQUIRE(worker != beat.workers->end());
  CHECK(worker->function == "hang");
  CHECK(worker->pid > 0);
  CHECK(beat.free_memory_bytes > 0);
  CHECK(beat.time_ns > 0);
  CHECK(team.end.beats.back().echo_held_ns > 0);
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
