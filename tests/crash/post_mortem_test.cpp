// SPDX-License-Identifier: Apache-2.0
//
// The crash table on hand-built states: what a worker leaves that is killed at a given line, in a
// real lane, and what the host makes of it. No process dies here.

#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/lane/lane_ends.hpp"

using namespace forkmap;
using namespace forkmap::lane;
using tests::LaneEnds;

namespace {

constexpr std::uint32_t kItems = 5;

// One task with tag 0, and the words that a dead worker left of it.
struct OneTask {
  LaneEnds ends;
  std::uint32_t turn = ends.push(0, kItems);

  void leave(CellState state, std::uint64_t progress) {
    ends.state(0).store(state_word(state, turn), std::memory_order_relaxed);
    ends.words().progress.store(progress, std::memory_order_relaxed);
  }
  Finding found() {
    const std::vector<Remains> remains = ends.host.post_mortem();
    REQUIRE(remains.size() == 1);
    CHECK(remains[0].tag == 0);
    CHECK(remains[0].cell == 0);
    CHECK(ends.host.outstanding() == 0);
    return remains[0].finding;
  }
};

std::vector<Verdict> verdicts_of(LaneEnds& ends) {
  std::vector<Verdict> verdicts;
  for (const Remains& remains : ends.host.post_mortem())
    verdicts.push_back(remains.finding.verdict);
  return verdicts;
}

}  // namespace

TEST_CASE("killed before the claiming CAS: the task is untouched") {
  OneTask task;
  CHECK(task.found().verdict == Verdict::untouched);
}

TEST_CASE("killed before it stepped over a cell taken back: nothing") {
  OneTask task;
  REQUIRE(task.ends.host.take_back_newest());
  CHECK(task.found().verdict == Verdict::nothing);
}

TEST_CASE("killed after it stepped over a cell taken back: nothing") {
  OneTask task;
  REQUIRE(task.ends.host.take_back_newest());
  task.leave(CellState::free, progress_word(task.turn - 1, kIdle));
  CHECK(task.found().verdict == Verdict::nothing);
}

TEST_CASE("killed between the claiming CAS and its first progress word: item 0 is the culprit") {
  OneTask task;
  task.leave(CellState::running, progress_word(task.turn - 1, kIdle));
  const Finding finding = task.found();
  CHECK(finding.verdict == Verdict::interrupted);
  CHECK(finding.complete == 0);
}

TEST_CASE("killed inside item n: the items before it are kept and it is the culprit") {
  for (std::uint32_t item = 0; item < kItems; ++item) {
    OneTask task;
    task.leave(CellState::running, progress_word(task.turn, item));
    const Finding finding = task.found();
    CHECK(finding.verdict == Verdict::interrupted);
    CHECK(finding.complete == item);
  }
}

TEST_CASE("killed between the last item and DONE: all are kept and nobody is charged") {
  OneTask task;
  task.leave(CellState::running, progress_word(task.turn, kItems));
  const Finding finding = task.found();
  CHECK(finding.verdict == Verdict::interrupted);
  CHECK(finding.complete == kItems);
}

TEST_CASE("killed after DONE, before or after the idle mark: collected, with its control values") {
  for (const std::uint32_t items : {kItems, kIdle}) {
    OneTask task;
    task.ends.host.view().result_cell(0).completed = kItems;
    task.ends.host.view().result_cell(0).bytes_used = 99;
    task.leave(CellState::done, progress_word(task.turn, items));
    const std::vector<Remains> remains = task.ends.host.post_mortem();
    REQUIRE(remains.size() == 1);
    CHECK(remains[0].finding.verdict == Verdict::collected);
    const Completion completion = task.ends.host.completion_of(remains[0]);
    CHECK(completion.tag == 0);
    CHECK(completion.completed == kItems);
    CHECK(completion.bytes_used == 99);
  }
}

TEST_CASE("more items complete than there are, another turn or no state at all: corrupt") {
  SECTION("progress beyond the count") {
    OneTask task;
    task.leave(CellState::running, progress_word(task.turn, kItems + 1));
    CHECK(task.found().verdict == Verdict::corrupt);
  }
  SECTION("another turn") {
    OneTask task;
    task.ends.state(0).store(state_word(CellState::done, task.turn + 1), std::memory_order_relaxed);
    CHECK(task.found().verdict == Verdict::corrupt);
  }
  SECTION("no state") {
    OneTask task;
    task.ends.state(0).store((task.turn << kStateBits) | 6U, std::memory_order_relaxed);
    CHECK(task.found().verdict == Verdict::corrupt);
  }
  SECTION("FREE, though nobody took it back") {
    OneTask task;
    task.leave(CellState::free, progress_word(task.turn, kIdle));
    CHECK(task.found().verdict == Verdict::corrupt);
  }
  SECTION("RUNNING, though it was taken back") {
    OneTask task;
    REQUIRE(task.ends.host.take_back_newest());
    task.leave(CellState::running, progress_word(task.turn, 1));
    CHECK(task.found().verdict == Verdict::corrupt);
  }
}

TEST_CASE("a lane with everything in it is judged cell by cell, the oldest first") {
  LaneEnds ends({8, kMinWindowBytes});
  for (std::uint64_t tag = 0; tag < 5; ++tag) ends.push(tag, kItems);
  REQUIRE(ends.work_once());
  REQUIRE(ends.collect());
  REQUIRE(ends.work_once());
  const auto claim = ends.worker.try_claim();
  REQUIRE(claim);
  tests::set_progress(ends.worker.view(), *claim, 3);
  REQUIRE(ends.host.take_back_newest());
  ends.push(5, kItems);

  const std::vector<Remains> remains = ends.host.post_mortem();
  const std::vector<std::pair<std::uint64_t, Verdict>> expected = {{1, Verdict::collected},
                                                                   {2, Verdict::interrupted},
                                                                   {3, Verdict::untouched},
                                                                   {4, Verdict::nothing},
                                                                   {5, Verdict::untouched}};
  REQUIRE(remains.size() == expected.size());
  for (std::size_t cell = 0; cell < expected.size(); ++cell) {
    CHECK(remains[cell].tag == expected[cell].first);
    CHECK(remains[cell].cell == cell + 1);
    CHECK(remains[cell].finding.verdict == expected[cell].second);
  }
  CHECK(remains[1].finding.complete == 3);
}

TEST_CASE("a lane without a task leaves nothing") {
  LaneEnds ends;
  CHECK(ends.host.post_mortem().empty());
  ends.push(0);
  REQUIRE(ends.work_once());
  REQUIRE(ends.collect());
  CHECK(ends.host.post_mortem().empty());
}

// L2
TEST_CASE("what was touched behind an untouched or running cell is corrupt") {
  const auto set = [](LaneEnds& ends, std::uint32_t cell, CellState state) {
    const std::uint32_t turn = turn_of(ends.state(cell).load(std::memory_order_relaxed));
    ends.state(cell).store(state_word(state, turn), std::memory_order_relaxed);
  };
  const auto fill = [](LaneEnds& ends) {
    for (std::uint64_t tag = 0; tag < 4; ++tag) ends.push(tag);
  };
  SECTION("finished behind untouched") {
    LaneEnds ends;
    fill(ends);
    set(ends, 1, CellState::done);
    CHECK(verdicts_of(ends) == std::vector{Verdict::untouched, Verdict::corrupt, Verdict::untouched,
                                           Verdict::untouched});
  }
  SECTION("two running") {
    LaneEnds ends;
    fill(ends);
    set(ends, 0, CellState::running);
    set(ends, 1, CellState::running);
    CHECK(verdicts_of(ends) == std::vector{Verdict::interrupted, Verdict::corrupt,
                                           Verdict::untouched, Verdict::untouched});
  }
  SECTION("stepped over behind running") {
    LaneEnds ends;
    for (std::uint64_t tag = 0; tag < 2; ++tag) ends.push(tag);
    REQUIRE(ends.host.take_back_newest());
    set(ends, 0, CellState::running);
    set(ends, 1, CellState::free);
    CHECK(verdicts_of(ends) == std::vector{Verdict::interrupted, Verdict::corrupt});
  }
  SECTION("a wrong word says nothing about where the worker was") {
    LaneEnds ends;
    fill(ends);
    set(ends, 0, CellState::done);
    set(ends, 1, CellState::free);
    set(ends, 2, CellState::done);
    CHECK(verdicts_of(ends) == std::vector{Verdict::collected, Verdict::corrupt, Verdict::collected,
                                           Verdict::untouched});
  }
}

TEST_CASE("a worker that wrote random bytes over its results harms nobody but its own tasks") {
  std::mt19937_64 random(99);  // NOLINT(cert-msc51-cpp): the same bytes in every run
  for (int round = 0; round < 2'000; ++round) {
    LaneEnds ends;
    const auto tasks = static_cast<std::uint32_t>(1 + random() % 4);
    for (std::uint64_t tag = 0; tag < tasks; ++tag) ends.push(tag, kItems);
    if (random() % 2 == 0) (void)ends.work_once();
    // Everything before the windows.
    std::byte* const begin = reinterpret_cast<std::byte*>(&ends.words());
    const std::uint64_t size = ends.host.shape().result_window_offset_bytes(0);
    for (std::uint64_t offset = 0; offset < size; offset += sizeof(std::uint64_t)) {
      const std::uint64_t word = random();
      std::memcpy(begin + offset, &word, sizeof word);
    }
    Completion completion;
    const HostLane::State state = ends.host.look(completion);
    CHECK(state == HostLane::State::corrupt);
    CHECK_FALSE(ends.worker.try_claim());
    CHECK(ends.worker.fault() == LaneFault::corrupt);
    (void)ends.host.unstarted();
    if (const auto running = ends.host.running()) CHECK(running->item < kItems);
    const std::vector<Remains> remains = ends.host.post_mortem();
    REQUIRE(remains.size() == tasks);
    for (std::uint64_t tag = 0; tag < tasks; ++tag) {
      CHECK(remains[tag].tag == tag);
      CHECK(remains[tag].finding.complete <= kItems);
    }
  }
}
