// SPDX-License-Identifier: Apache-2.0

#include "tests/catch.hpp"
#include "tests/lane/lane_ends.hpp"

using namespace forkmap;
using namespace forkmap::lane;
using tests::LaneEnds;

TEST_CASE("every unstarted task can be taken back, the newest first") {
  LaneEnds ends;
  for (std::uint64_t tag = 0; tag < 4; ++tag) ends.push(tag);
  for (std::uint64_t tag = 4; tag-- > 0;) {
    const auto taken = ends.host.take_back_newest();
    REQUIRE(taken);
    CHECK(taken->tag == tag);
    CHECK(ends.host.view().input_cell(taken->cell).first_index == tag);  // still readable
  }
  CHECK_FALSE(ends.host.take_back_newest());
  CHECK(ends.host.unstarted() == 0);
  CHECK(ends.host.full());  // room is made by the worker
  CHECK_FALSE(ends.work_once());
  CHECK_FALSE(ends.collect());
  CHECK(ends.host.outstanding() == 0);
}

TEST_CASE("a task that runs or is finished is never taken back, nor one before it") {
  LaneEnds ends;
  for (std::uint64_t tag = 0; tag < 3; ++tag) ends.push(tag);
  REQUIRE(ends.work_once());
  const auto claim = ends.worker.try_claim();
  REQUIRE(claim);
  const auto taken = ends.host.take_back_newest();
  REQUIRE(taken);
  CHECK(taken->tag == 2);
  CHECK_FALSE(ends.host.take_back_newest());
  tests::complete(ends.worker.view(), *claim);
  REQUIRE(ends.worker.publish(*claim));
  CHECK_FALSE(ends.host.take_back_newest());
  CHECK(ends.collect() == std::uint64_t{0});
  CHECK(ends.collect() == std::uint64_t{1});
  CHECK_FALSE(ends.collect());
}

TEST_CASE("the worker steps over what was taken back, and the host over what the worker passed") {
  LaneEnds ends;
  ends.push(0);
  REQUIRE(ends.host.take_back_newest());
  ends.push(1);
  ends.push(2);
  REQUIRE(ends.host.take_back_newest());
  ends.push(3);
  Completion completion;
  CHECK(ends.host.look(completion) == HostLane::State::nothing);
  CHECK(ends.host.outstanding() == 4);
  CHECK(ends.work_once());
  CHECK(ends.collect() == std::uint64_t{1});
  CHECK(ends.work_once());
  CHECK(ends.collect() == std::uint64_t{3});
  CHECK_FALSE(ends.work_once());
  CHECK(ends.host.outstanding() == 0);
}

TEST_CASE("a cell taken back says so until the worker has passed it, then FREE in the same turn") {
  LaneEnds ends;
  const std::uint32_t turn = ends.push(0);
  REQUIRE(ends.host.take_back_newest());
  CHECK(ends.state(0).load(std::memory_order_relaxed) == state_word(CellState::taken, turn));
  CHECK_FALSE(ends.worker.try_claim());
  CHECK(ends.state(0).load(std::memory_order_relaxed) == state_word(CellState::free, turn));
  CHECK(progress_items(ends.words().progress.load(std::memory_order_relaxed)) == kIdle);
}

// The host may sleep because a lane is full of cells that it took back.
TEST_CASE("a worker that has only stepped over cells tells a sleeping host of the room") {
  LaneEnds ends;
  for (std::uint64_t tag = 0; tag < 4; ++tag) ends.push(tag);
  while (ends.host.take_back_newest()) {
  }
  announce_host_sleep(ends.words());
  Completion completion;
  CHECK(ends.host.look(completion) == HostLane::State::nothing);
  REQUIRE(ends.host.full());
  CHECK_FALSE(tests::has_rung(ends.doorbell));
  CHECK_FALSE(ends.worker.try_claim());
  CHECK(tests::has_rung(ends.doorbell));
  ends.doorbell.drain();
  CHECK(ends.host.look(completion) == HostLane::State::nothing);
  CHECK_FALSE(ends.host.full());

  // Told once.
  announce_host_sleep(ends.words());
  CHECK_FALSE(ends.worker.try_claim());
  CHECK_FALSE(tests::has_rung(ends.doorbell));
}

TEST_CASE("a worker that finds taken-back cells does not sleep on them") {
  LaneEnds ends;
  ends.push(0);
  REQUIRE(ends.host.take_back_newest());
  CHECK(ends.worker.wait(std::chrono::nanoseconds{0}));
  CHECK_FALSE(ends.worker.try_claim());
}
