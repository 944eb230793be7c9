// SPDX-License-Identifier: Apache-2.0
//
// When the zygote looks, and what it counts, by an invented clock.
#include "core/process/limit_clock.hpp"

#include "tests/catch.hpp"

using namespace forkmap::process;
using namespace std::chrono_literals;

namespace {

// Looks when it is time, `late` too late.
LimitClock::Look look_when_due(LimitClock& clock, LimitClock::Duration late = {}) {
  const auto now = *clock.next_look() + late;
  const LimitClock::Look look = clock.begin_look(now);
  clock.end_look(now, std::nullopt);
  return look;
}

}  // namespace

TEST_CASE("without a limit there is nothing to look for") {
  LimitClock clock;
  CHECK_FALSE(clock.has_limits());
  CHECK_FALSE(clock.next_look());
  clock.set(3, 80ms);
  CHECK(clock.has_limits());
  CHECK(clock.next_look());
  clock.set(3, 0ms);
  CHECK_FALSE(clock.has_limits());
  CHECK_FALSE(clock.next_look());
}

TEST_CASE("limits are found by their numbers, and other numbers have none") {
  LimitClock clock;
  clock.set(1, 80ms);
  clock.set(forkmap::base::kMostTimeLimits, 5s);
  clock.set(forkmap::base::kMostTimeLimits + 1, 7s);
  clock.set(0, 7s);
  clock.set(2, -1s);
  CHECK(clock.limit_of(1) == 80ms);
  CHECK(clock.limit_of(forkmap::base::kMostTimeLimits) == 5s);
  CHECK(clock.limit_of(forkmap::base::kMostTimeLimits + 1) == 0ms);
  CHECK(clock.limit_of(0) == 0ms);
  CHECK(clock.limit_of(2) == 0ms);
}

TEST_CASE("time counts from look to look, and the first look begins it") {
  LimitClock clock;
  clock.set(1, 800ms);
  const LimitClock::Look first = look_when_due(clock);
  CHECK(first.anew);
  CHECK(first.counted == 0ms);
  const LimitClock::Look second = look_when_due(clock);
  CHECK_FALSE(second.anew);
  CHECK(second.counted == 100ms);
}

TEST_CASE(
    "a look that is late counts for no more than was planned; after an absence all begins anew") {
  LimitClock clock;
  clock.set(1, 800ms);
  (void)look_when_due(clock);
  const LimitClock::Look late = look_when_due(clock, 500ms);
  CHECK(late.counted == 100ms);
  CHECK_FALSE(late.anew);
  const LimitClock::Look absent = look_when_due(clock, LimitClock::kAbsence);
  CHECK(absent.counted == 0ms);
  CHECK(absent.anew);
  CHECK_FALSE(look_when_due(clock).anew);
}

TEST_CASE("a look for another reason counts what has passed") {
  LimitClock clock;
  clock.set(1, 800ms);
  (void)look_when_due(clock);
  const auto between = *clock.next_look() - 70ms;
  CHECK(clock.begin_look(between).counted == 30ms);
}

TEST_CASE("the next look comes when the first item is due, at most once a millisecond") {
  LimitClock clock;
  clock.set(1, 800ms);
  const auto now = *clock.next_look();
  clock.end_look(now, 40ms);
  CHECK(*clock.next_look() == now + 40ms);
  clock.end_look(now, 700ms);
  CHECK(*clock.next_look() == now + 100ms);
  clock.end_look(now, 10us);
  CHECK(*clock.next_look() == now + 1ms);
  clock.set(2, 1us);
  clock.end_look(now, std::nullopt);
  CHECK(*clock.next_look() == now + 1ms);
}

TEST_CASE("a shorter limit brings the next look forward") {
  LimitClock clock;
  clock.set(1, 1h);
  (void)look_when_due(clock);
  clock.set(2, 8ms);
  CHECK(*clock.next_look() <= LimitClock::Clock::now() + 1ms);
}
