// SPDX-License-Identifier: Apache-2.0
#include "core/node/node_clock.hpp"

#include <algorithm>

namespace forkmap::node {

namespace {

using std::chrono::nanoseconds;

// Both are at or behind the begin of their clocks, so this cannot overflow.
nanoseconds difference(NodeClock::TimePoint later, NodeClock::TimePoint earlier) noexcept {
  return later.time_since_epoch() - earlier.time_since_epoch();
}

}  // namespace

void NodeClock::note_message(TimePoint now, TimePoint there) noexcept {
  if (round_trip_) return;
  const nanoseconds ahead = difference(now, there);
  if (!ahead_ || ahead < *ahead_) ahead_ = ahead;
}

void NodeClock::note_answer(TimePoint now, TimePoint there, TimePoint asked_at,
                            nanoseconds held) noexcept {
  if (asked_at > now || held > now - asked_at) return;  // no answer took so long
  const nanoseconds round_trip = now - asked_at - held;
  if (round_trip_ && round_trip >= *round_trip_) return;
  round_trip_ = round_trip;
  ahead_ = difference(now - round_trip / 2, there);
}

NodeClock::TimePoint NodeClock::here(TimePoint there, TimePoint now) const noexcept {
  const nanoseconds ahead = ahead_.value_or(nanoseconds(0));
  const nanoseconds most = now.time_since_epoch() - ahead;  // what it is there at `now`
  if (there.time_since_epoch() >= most) return now;
  return std::max(TimePoint(), there + ahead);
}

}  // namespace forkmap::node
