// SPDX-License-Identifier: Apache-2.0
//
// A wild function may write any word into any cell. One of the two sides must notice, or it must
// not matter; never may both wait for ever.

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/lane/lane_ends.hpp"

using namespace forkmap;
using namespace forkmap::lane;
using tests::LaneEnds;

namespace {

constexpr std::uint32_t kCells = 4;

// Histories of a lane of four cells, so that each cell is met in each state, in its first lap and
// in a later one.
struct History {
  const char* name;
  int laps;   // cells used before
  int done;   // then: finished, not collected
  bool runs;  // one RUNNING
  int taken;  // taken back
  int ready;  // unstarted
};
constexpr History kHistories[] = {
    {"unused", 0, 0, false, 0, 0},
    {"one lap later", 4, 0, false, 0, 0},
    {"ready", 0, 0, false, 0, 2},
    {"full", 6, 0, false, 0, 4},
    {"done", 5, 2, false, 0, 0},
    {"all done", 4, 4, false, 0, 0},
    {"running", 1, 0, true, 0, 1},
    {"done, running, ready", 3, 1, true, 0, 1},
    {"taken in between", 2, 1, false, 1, 2},
    {"only taken", 0, 0, false, 4, 0},
    {"everything", 9, 1, true, 1, 1},
};

// A lane with a function that runs in it and an account of what became of each task.
struct Run {
  LaneEnds ends{LaneShape{kCells, kMinWindowBytes}};
  std::uint64_t pushed = 0;
  std::map<std::uint64_t, int> executed;
  std::map<std::uint64_t, int> completed;
  std::map<std::uint64_t, int> taken;
  std::optional<WorkerLane::Claim> claim;

  void begin() {
    claim = ends.worker.try_claim();
    if (claim) ++executed[claim->task->first_index];
  }
  void end() {
    tests::complete(ends.worker.view(), *claim);
    (void)ends.worker.publish(*claim);
    claim.reset();
  }
  void push() { ends.push(pushed++); }
  void collect() {
    while (const auto tag = ends.collect()) ++completed[*tag];
  }

  explicit Run(const History& history) {
    for (int task = 0; task < history.laps; ++task) {
      push();
      begin();
      end();
      collect();
    }
    for (int task = 0; task < history.done; ++task) {
      push();
      begin();
      end();
    }
    if (history.runs) {
      push();
      begin();
    }
    for (int task = 0; task < history.taken; ++task) {
      push();
      ++taken[ends.host.take_back_newest().value().tag];
    }
    for (int task = 0; task < history.ready; ++task) push();
  }

  [[nodiscard]] bool found() {
    Completion completion;
    return ends.worker.fault() == LaneFault::corrupt ||
           ends.host.look(completion) == HostLane::State::corrupt;
  }

  // Both sides go on for three laps, each sleeping (here: checking what it checks before sleep)
  // when it has nothing to do. True: the fault was found.
  bool go_on() {
    const std::uint64_t most = pushed + 3 * kCells;
    for (int round = 0; round < 100; ++round) {
      if (claim) end();
      for (;;) {
        if (ends.worker.fault() != LaneFault::none) return true;
        begin();
        if (!claim) break;
        end();
      }
      if (!ends.worker.ring_is_sound()) return true;
      collect();
      if (found()) return true;
      if (pushed < most && !ends.host.full()) push();
      if (pushed == most && ends.host.outstanding() == 0) break;
    }
    return false;
  }

  [[nodiscard]] bool each_task_once() const {
    for (std::uint64_t tag = 0; tag < pushed; ++tag) {
      const auto times = [tag](const std::map<std::uint64_t, int>& account) {
        const auto entry = account.find(tag);
        return entry == account.end() ? 0 : entry->second;
      };
      if (times(taken) == 1 ? times(executed) != 0 : times(executed) != 1) return false;
      if (times(taken) + times(completed) != 1) return false;
    }
    return true;
  }
};

}  // namespace

TEST_CASE("an undisturbed lane is never called corrupt") {
  for (const History& history : kHistories) {
    INFO(history.name);
    Run run(history);
    CHECK_FALSE(run.go_on());
    CHECK(run.each_task_once());
  }
}

TEST_CASE("a wrong word in any cell, in any state, is found or does not matter") {
  std::uint32_t found = 0;
  std::uint32_t healed = 0;
  for (const History& history : kHistories) {
    for (std::uint32_t cell = 0; cell < kCells; ++cell) {
      const std::uint32_t right = Run(history).ends.state(cell).load(std::memory_order_relaxed);
      for (const std::int64_t shift : {0, -1, 1, -4, 4, -8, 8, 1000, -(1 << 28)}) {
        for (std::uint32_t bits = 0; bits <= kStateMask; ++bits) {
          const auto turn = static_cast<std::uint32_t>(turn_of(right) + shift) & kTurnMask;
          const std::uint32_t wrong = (turn << kStateBits) | bits;
          if (wrong == right) continue;
          Run run(history);
          run.ends.state(cell).store(wrong, std::memory_order_relaxed);
          const bool is_found = run.go_on();
          if (is_found) {
            ++found;
          } else {
            ++healed;
            INFO(history.name << ", cell " << cell << ": state " << (right & kStateMask)
                              << " became " << bits << ", turn shifted by " << shift);
            // The only word that is overwritten without a look: that of the task that runs.
            CHECK(state_of(right) == CellState::running);
            CHECK(run.each_task_once());
          }
        }
      }
    }
  }
  CHECK(found > 2'500);
  CHECK(healed < 300);
}

TEST_CASE("a worker that finds a wrong word leaves, and does not sleep on it") {
  const std::uint32_t wrong = state_word(CellState::running, 1);
  LaneEnds claiming;
  claiming.state(0).store(wrong, std::memory_order_relaxed);
  CHECK_FALSE(claiming.worker.try_claim());
  CHECK(claiming.worker.fault() == LaneFault::corrupt);
  CHECK_FALSE(claiming.worker.wait(std::chrono::nanoseconds{0}));
  CHECK_FALSE(claiming.worker.set_phase(WorkerPhase::leaving));

  LaneEnds waiting;
  waiting.state(0).store(wrong, std::memory_order_relaxed);
  CHECK(waiting.worker.wait(std::chrono::seconds{1}));  // seen while spinning: to be looked at
  CHECK_FALSE(waiting.worker.wait(std::chrono::nanoseconds{0}));
  CHECK(waiting.worker.fault() == LaneFault::corrupt);
}

TEST_CASE("a worker finds a wrong word behind its cursor before it sleeps") {
  LaneEnds ends;
  const std::uint32_t turn = ends.push(0);
  REQUIRE(ends.work_once());
  ends.state(0).store(state_word(CellState::ready, turn), std::memory_order_relaxed);
  CHECK_FALSE(ends.worker.try_claim());
  CHECK(ends.worker.fault() == LaneFault::none);
  CHECK_FALSE(ends.worker.wait(std::chrono::nanoseconds{0}));
  CHECK(ends.worker.fault() == LaneFault::corrupt);
}

TEST_CASE("a cell that is not FREE when it is filled makes the lane corrupt for good") {
  LaneEnds ends;
  ends.state(0).store(state_word(CellState::ready, 1), std::memory_order_relaxed);
  ends.push(0);
  Completion completion;
  CHECK(ends.host.look(completion) == HostLane::State::corrupt);
  CHECK(ends.work_once());
  CHECK(ends.host.look(completion) == HostLane::State::corrupt);
}

// L4
TEST_CASE("more items complete than a task has is corrupt, whatever the cell's other words say") {
  LaneEnds ends;
  ends.push(0, 3);
  const auto claim = ends.worker.try_claim();
  REQUIRE(claim);
  tests::complete(ends.worker.view(), *claim);
  ends.host.view().result_cell(claim->cell).completed = 4;
  REQUIRE(ends.worker.publish(*claim));
  Completion completion;
  CHECK(ends.host.look(completion) == HostLane::State::corrupt);
}

// L4
TEST_CASE("the host's own account of a task is not in shared memory") {
  LaneEnds ends;
  ends.push(77, 3);
  const auto claim = ends.worker.try_claim();
  REQUIRE(claim);
  tests::complete(ends.worker.view(), *claim);
  REQUIRE(ends.worker.publish(*claim));
  ends.host.view().input_cell(claim->cell) = InputCell{};  // not even the inputs are asked again
  Completion completion;
  REQUIRE(ends.host.look(completion) == HostLane::State::completion);
  CHECK(completion.tag == 77);
  CHECK(completion.completed == 3);
}

// L1
TEST_CASE("a progress word that this lane's worker cannot have written is told from one it can") {
  LaneEnds ends;
  const auto possible = [&](std::uint64_t word) {
    const std::uint64_t before = ends.words().progress.exchange(word, std::memory_order_relaxed);
    const bool answer = ends.host.progress_is_possible();
    ends.words().progress.store(before, std::memory_order_relaxed);
    return answer;
  };
  CHECK(ends.host.progress_is_possible());
  const std::uint32_t first = ends.push(0, 3);
  const std::uint32_t second = ends.push(1, 5);
  CHECK(ends.host.progress_is_possible());
  CHECK(possible(progress_word(first, 0)));
  CHECK(possible(progress_word(first, 3)));
  CHECK_FALSE(possible(progress_word(first, 4)));
  CHECK(possible(progress_word(second, 5)));
  CHECK_FALSE(possible(progress_word(second, 6)));
  CHECK_FALSE(possible(progress_word(second + 1, 0)));
  CHECK(possible(progress_word(second + 1, kIdle)));

  // Collected in the moment between DONE and idle.
  const auto claim = ends.worker.try_claim();
  REQUIRE(claim);
  tests::complete(ends.worker.view(), *claim);
  REQUIRE(ends.worker.publish(*claim));
  REQUIRE(ends.collect() == std::uint64_t{0});
  CHECK(possible(progress_word(first, 3)));
  REQUIRE(ends.work_once());
  REQUIRE(ends.collect() == std::uint64_t{1});
  CHECK_FALSE(possible(progress_word(first, 3)));
  CHECK(ends.host.progress_is_possible());
}
