// SPDX-License-Identifier: Apache-2.0
//
// Push, claim, publish, look and release, with both ends in one process.

#include <csignal>
#include <cstring>
#include <limits>
#include <random>
#include <string>

#include "tests/catch.hpp"
#include "tests/kit/forked.hpp"
#include "tests/lane/lane_ends.hpp"

using namespace forkmap;
using namespace forkmap::lane;
using tests::LaneEnds;

TEST_CASE("a task goes through its cell and comes back with its tag and control values") {
  LaneEnds ends;
  CHECK_FALSE(ends.worker.try_claim());
  InputCell& input = ends.host.next_cell();
  input.function = 7;
  input.count = 3;
  input.window = 2;
  input.payload[0] = std::byte{42};
  const std::uint32_t turn = ends.host.push(1000);

  const auto claim = ends.worker.try_claim();
  REQUIRE(claim);
  CHECK(claim->turn == turn);
  CHECK(claim->task->function == 7);
  CHECK(claim->task->count == 3);
  CHECK(claim->task->window == 2);
  CHECK(claim->task->payload[0] == std::byte{42});
  CHECK_FALSE(ends.worker.fault() != LaneFault::none);

  ResultCell& result = ends.host.view().result_cell(claim->cell);
  result.completed = 2;
  result.flags = kWindowFull;
  result.run_time_ns = 55;
  result.bytes_used = 66;
  result.text_bytes = 77;
  Completion completion;
  CHECK(ends.host.look(completion) == HostLane::State::nothing);
  CHECK(ends.worker.publish(*claim));
  for (int look = 0; look < 2; ++look) {  // the second look sees the same
    REQUIRE(ends.host.look(completion) == HostLane::State::completion);
    CHECK(completion.tag == 1000);
    CHECK(completion.cell == claim->cell);
    CHECK(completion.completed == 2);
    CHECK(completion.flags == kWindowFull);
    CHECK(completion.run_time_ns == 55);
    CHECK(completion.bytes_used == 66);
    CHECK(completion.text_bytes == 77);
  }
  CHECK(ends.host.outstanding() == 1);
  ends.host.release_oldest();
  CHECK(ends.host.outstanding() == 0);
  CHECK(ends.host.look(completion) == HostLane::State::nothing);
}

TEST_CASE("the page tells the limit of what runs, and none while nothing runs") {
  LaneEnds ends;
  const auto limit_now = [&] {
    return limit_on_page(reinterpret_cast<const std::byte*>(&ends.words()));
  };
  CHECK(limit_now() == 0);
  for (const std::uint8_t limit : {std::uint8_t{7}, std::uint8_t{0}, std::uint8_t{255}}) {
    InputCell& input = ends.host.next_cell();
    input.count = 1;
    input.limit = limit;
    (void)ends.host.push(1);
    CHECK(limit_now() == 0);
    const auto claim = ends.worker.try_claim();
    REQUIRE(claim);
    CHECK(limit_now() == limit);
    forkmap::tests::complete(ends.host.view(), *claim);
    CHECK(limit_now() == limit);
    CHECK(ends.worker.publish(*claim));
    CHECK(limit_now() == 0);
    CHECK(ends.collect() == 1);
  }
}

TEST_CASE("times of any length come through, and nonsense counts for nothing") {
  LaneEnds ends;
  const auto seen = [&](float time_ns) {
    ends.push(1);
    const auto claim = ends.worker.try_claim();
    REQUIRE(claim);
    forkmap::tests::complete(ends.host.view(), *claim);
    ends.host.view().result_cell(claim->cell).run_time_ns = time_ns;
    CHECK(ends.worker.publish(*claim));
    Completion completion;
    REQUIRE(ends.host.look(completion) == HostLane::State::completion);
    ends.host.release_oldest();
    return completion.run_time_ns;
  };
  CHECK(seen(1) == 1);
  CHECK(seen(0x1p45F) == std::uint64_t{1} << 45U);  // ten hours
  CHECK(seen(-1) == 0);
  CHECK(seen(std::numeric_limits<float>::quiet_NaN()) == 0);
  CHECK(seen(std::numeric_limits<float>::infinity()) == 0);
}

// L1
TEST_CASE("a cell goes through its states in order, and each side makes its own transitions") {
  LaneEnds ends;
  const auto state = [&] { return state_of(ends.state(0).load(std::memory_order_relaxed)); };
  CHECK(state() == CellState::free);
  const std::uint32_t turn = ends.push(1);
  CHECK(state() == CellState::ready);
  const auto claim = ends.worker.try_claim();
  REQUIRE(claim);
  CHECK(state() == CellState::running);
  tests::complete(ends.worker.view(), *claim);
  CHECK(ends.worker.publish(*claim));
  CHECK(state() == CellState::done);
  CHECK(ends.collect() == std::uint64_t{1});
  CHECK(ends.state(0).load(std::memory_order_relaxed) == state_word(CellState::free, turn));
}

// L6
TEST_CASE("the progress word says idle, or which item runs") {
  LaneEnds ends;
  const auto word = [&] { return ends.words().progress.load(std::memory_order_relaxed); };
  CHECK(progress_items(word()) == kIdle);
  const std::uint32_t turn = ends.push(1, 2);
  CHECK(progress_items(word()) == kIdle);
  const auto claim = ends.worker.try_claim();
  REQUIRE(claim);
  CHECK(word() == progress_word(turn, 0));
  tests::complete(ends.worker.view(), *claim);
  CHECK(word() == progress_word(turn, 2));
  CHECK(ends.worker.publish(*claim));
  CHECK(word() == progress_word(turn, kIdle));
}

// L2
TEST_CASE("the worker takes cells in ring order and runs one at a time") {
  LaneEnds ends;
  for (std::uint64_t tag = 0; tag < 4; ++tag) ends.push(tag);
  for (std::uint32_t cell = 0; cell < 4; ++cell) {
    const auto claim = ends.worker.try_claim();
    REQUIRE(claim);
    CHECK(claim->cell == cell);
    CHECK(claim->task->first_index == cell);
    std::uint32_t running = 0;
    for (std::uint32_t other = 0; other < 4; ++other) {
      const auto word = ends.state(other).load(std::memory_order_relaxed);
      if (state_of(word) == CellState::running) ++running;
    }
    CHECK(running == 1);
    tests::complete(ends.worker.view(), *claim);
    CHECK(ends.worker.publish(*claim));
  }
  CHECK_FALSE(ends.worker.try_claim());
}

TEST_CASE("a lane takes as many tasks as it has cells, and gets room by releasing") {
  LaneEnds ends;
  for (std::uint64_t tag = 0; tag < 4; ++tag) {
    CHECK_FALSE(ends.host.full());
    ends.push(tag);
  }
  CHECK(ends.host.full());
  CHECK(ends.host.outstanding() == 4);
  CHECK(ends.host.unstarted() == 4);
  REQUIRE(ends.work_once());
  CHECK(ends.host.full());
  CHECK(ends.host.unstarted() == 3);
  CHECK(ends.collect() == std::uint64_t{0});
  CHECK_FALSE(ends.host.full());
}

TEST_CASE("a push into a full lane and a task without items are caught as bugs") {
  LaneEnds ends;
  CHECK(tests::died_of(tests::run_forked([] {
                         LaneEnds own;
                         own.push(1, 0);
                         return 0;
                       }),
                       SIGABRT));
  CHECK(tests::died_of(tests::run_forked([] {
                         LaneEnds own;
                         for (std::uint64_t tag = 0; tag < 5; ++tag) own.push(tag);
                         return 0;
                       }),
                       SIGABRT));
}

TEST_CASE("four cells carry millions of tasks in order, at every depth") {
#ifdef FORKMAP_SANITIZED
  constexpr std::uint64_t tasks = 300'000;
#else
  constexpr std::uint64_t tasks = 3'000'000;
#endif
  LaneEnds ends;
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same work in every run
  std::uint64_t pushed = 0;
  std::uint64_t collected = 0;
  while (collected < tasks) {
    const auto choice = static_cast<std::uint32_t>(random());
    for (std::uint32_t n = choice % 5; n > 0 && pushed < tasks && !ends.host.full(); --n) {
      ends.push(pushed++);
    }
    for (std::uint32_t n = (choice >> 8U) % 5; n > 0 && ends.work_once(); --n) {
    }
    for (std::uint32_t n = (choice >> 16U) % 5; n > 0; --n) {
      const auto tag = ends.collect();
      if (!tag) break;
      if (*tag != collected) REQUIRE(*tag == collected);
      ++collected;
    }
  }
  CHECK(pushed == tasks);
  CHECK(ends.host.outstanding() == 0);
  CHECK(ends.worker.ring_is_sound());
}

TEST_CASE("the turn wraps at 29 bits without anybody noticing") {
  const std::uint64_t first = std::uint64_t{kTurnMask} - 6;
  LaneEnds ends(tests::kSmallShape, first);
  std::uint32_t last_turn = turn_at(first - 1);
  bool wrapped = false;
  for (std::uint64_t task = 0; task < 40; ++task) {
    const std::uint32_t turn = ends.push(task);
    CHECK(turn == ((last_turn + 1) & kTurnMask));
    wrapped = wrapped || turn == 0;
    last_turn = turn;
    if (task % 3 == 2) {
      REQUIRE(ends.host.take_back_newest());
      while (ends.work_once()) {
      }
      CHECK(ends.collect() == task - 2);
      CHECK(ends.collect() == task - 1);
      CHECK_FALSE(ends.collect());
      CHECK(ends.host.outstanding() == 0);
    }
  }
  CHECK(wrapped);
  CHECK(ends.worker.fault() == LaneFault::none);
}

TEST_CASE("a worker that maps a lane itself reads its inputs and cannot write them") {
  tests::LaneEnds ends;
  const tests::WorkerMappings mappings(ends.host);
  ends.host.forget_descriptors();
  CHECK(ends.host.inputs_fd() == -1);
  CHECK(ends.host.results_fd() == -1);
  std::memcpy(ends.host.view().input_window(3), "payload", 8);
  ends.host.next_cell().window = 3;
  ends.host.next_cell().count = 1;
  ends.host.push(1);

  WorkerLane worker(mappings.view(), ends.doorbell);
  const auto claim = worker.try_claim();
  REQUIRE(claim);
  CHECK(std::string(reinterpret_cast<const char*>(
            worker.view().input_window(claim->task->window))) == "payload");
  worker.view().result_window(3)[5] = std::byte{9};
  tests::complete(worker.view(), *claim);
  CHECK(worker.publish(*claim));
  CHECK(ends.host.view().result_window(3)[5] == std::byte{9});
  CHECK(ends.collect() == std::uint64_t{1});
}

TEST_CASE("a worker is asked to retire after the last task that was pushed") {
  LaneEnds ends;
  CHECK_FALSE(ends.worker.retire_asked());
  ends.push(1);
  ends.host.ask_retire();
  CHECK(ends.worker.retire_asked());
  CHECK(ends.worker.wait(std::chrono::nanoseconds{0}));  // does not sleep on that
  CHECK(ends.work_once());
  CHECK_FALSE(ends.work_once());
}

TEST_CASE("what runs now is told from the progress word alone, and only if it can be") {
  LaneEnds ends;
  CHECK_FALSE(ends.host.running());
  ends.push(10, 5);
  const std::uint32_t turn = ends.push(11, 5);
  const std::uint32_t turn_taken = ends.push(12, 5);
  REQUIRE(ends.host.take_back_newest());
  CHECK_FALSE(ends.host.running());
  REQUIRE(ends.work_once());
  CHECK_FALSE(ends.host.running());
  const auto claim = ends.worker.try_claim();
  REQUIRE(claim);
  for (std::uint32_t item = 0; item < 5; ++item) {
    tests::set_progress(ends.worker.view(), *claim, item);
    const auto running = ends.host.running();
    REQUIRE(running);
    CHECK(running->tag == 11);
    CHECK(running->turn == turn);
    CHECK(running->item == item);
  }
  const auto junk = [&](std::uint64_t word) {
    ends.words().progress.store(word, std::memory_order_relaxed);
    return ends.host.running();
  };
  CHECK_FALSE(junk(progress_word(turn, 5)));        // all complete, not yet published
  CHECK_FALSE(junk(progress_word(turn, 4'000)));    // there are five
  CHECK_FALSE(junk(progress_word(turn + 99, 1)));   // no such turn
  CHECK_FALSE(junk(progress_word(turn_taken, 1)));  // taken back, so it cannot run
}
