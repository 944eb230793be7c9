// SPDX-License-Identifier: Apache-2.0
//
// The clock of another machine, as this one's: which time it is here when it is some time there.
// Both clocks show at most kMostClockNs (wire_parts.hpp).
//  C1 What has been said there was said before it was heard here, whatever that clock shows.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace forkmap::node {

class NodeClock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // A message that was sent at `there` was heard at `now`. It may have waited on its way: until an
  // answer to a ping has come the one that seems fastest counts.
  void note_message(TimePoint now, TimePoint there) noexcept;
  // It answers what was sent here at `asked_at`, and was held there for so long. The answer that
  // took least counts: the clocks differ by what they show in the middle of its way.
  void note_answer(TimePoint now, TimePoint there, TimePoint asked_at,
                   std::chrono::nanoseconds held) noexcept;
  // Between the begin of this clock and `now`.
  [[nodiscard]] TimePoint here(TimePoint there, TimePoint now) const noexcept;
  // Of the answer that counts.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> round_trip() const noexcept {
    return round_trip_;
  }

 private:
  std::optional<std::chrono::nanoseconds> ahead_;  // this clock, before that one
  std::optional<std::chrono::nanoseconds> round_trip_;
};

}  // namespace forkmap::node
