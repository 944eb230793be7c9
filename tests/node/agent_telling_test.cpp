// SPDX-License-Identifier: Apache-2.0
//
// What an agent tells of its workers, beside outcomes.
#include <algorithm>
#include <map>
#include <variant>

#include "tests/catch.hpp"
#include "tests/node/agent_team.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

namespace {

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

}  // namespace

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
  while (!team.agent.rests() && *team.prints < static_cast<int>(kRows)) team.agent.step(10ms);
  REQUIRE(team.agent.rests());
  for (int step = 0; step < 50; ++step) team.agent.step(1ms);
  CHECK(team.agent.rests());
  CHECK(*team.prints < 16);  // the others wait
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
  // Not each of them.
  while (std::ranges::all_of(team.end.beats,
                             [](const node::Beat& beat) { return beat.workers.has_value(); })) {
    team.step();
  }
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

}  // namespace forkmap::testing
