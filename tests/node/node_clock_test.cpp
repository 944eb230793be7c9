// SPDX-License-Identifier: Apache-2.0
#include "core/node/node_clock.hpp"

#include "core/node/wire_parts.hpp"
#include "tests/catch.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

using Time = node::NodeClock::TimePoint;

TEST_CASE("the answer that took least says how the clocks differ") {
  node::NodeClock clock;  // that one is an hour behind
  const Time now{2h};
  CHECK_FALSE(clock.round_trip());
  // Asked at 2 h, answered after 10 ms there, heard 30 ms later: 10 ms each way.
  clock.note_answer(now + 30ms, Time(1h) + 20ms, now, 10ms);
  CHECK(clock.round_trip() == 20ms);
  CHECK(clock.here(Time(1h), now + 1s) == now);
  // A slow one changes nothing, nor does a message without a question.
  clock.note_answer(now + 3s, Time(1h) + 1s, now + 1s, 0ms);
  clock.note_message(now + 4s, Time(1h) + 4s - 1us);
  CHECK(clock.here(Time(1h), now + 5s) == now);
  // A faster one does.
  clock.note_answer(now + 5s + 2ms, Time(1h) + 5s, now + 5s, 0ms);
  CHECK(clock.round_trip() == 2ms);
  CHECK(clock.here(Time(1h), now + 6s) == now + 1ms);
}

TEST_CASE("before there is an answer the message that seems fastest counts") {
  node::NodeClock clock;
  const Time now{2h};
  clock.note_message(now + 500ms, Time(3h));
  clock.note_message(now + 600ms, Time(3h) + 400ms);
  clock.note_message(now + 900ms, Time(3h) + 500ms);
  CHECK(clock.here(Time(3h), now + 1s) == now + 200ms);
}

TEST_CASE("no clock, however wrong, shows a time that is to come, or was before all times") {
  const Time now{2h};
  const Time never{std::chrono::nanoseconds(node::kMostClockNs)};
  for (const Time there : {Time{}, Time{1h}, Time{3h}, never}) {
    node::NodeClock clock;
    CHECK(clock.here(there, now) <= now);
    clock.note_message(now, there);
    for (const Time time : {Time{}, Time{1h}, Time{3h}, never}) {
      CHECK(clock.here(time, now) <= now);
      CHECK(clock.here(time, now) >= Time{});
    }
    // An answer to what was not asked yet, or one that was held for longer than it took.
    clock.note_answer(now, there, now + 1s, 0s);
    clock.note_answer(now, there, now - 1s, 2s);
    CHECK_FALSE(clock.round_trip());
  }
}

}  // namespace forkmap::testing
