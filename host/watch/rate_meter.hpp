// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

namespace forkmap::host {

// How fast a count has grown in the last seconds.
class RateMeter {
 public:
  using Clock = std::chrono::steady_clock;

  explicit RateMeter(Clock::time_point start) : samples_{{start, 0}} {}

  // To be told now and then; at most one sample a second is kept.
  void note(std::uint64_t count, Clock::time_point now);
  // A second, over the last kWindow, or since the last sample that is older, or since the start.
  [[nodiscard]] double rate(std::uint64_t count, Clock::time_point now) const;

  static constexpr auto kWindow = std::chrono::seconds(5);

 private:
  static constexpr auto kInterval = std::chrono::seconds(1);
  struct Sample {
    Clock::time_point time;
    std::uint64_t count;
  };
  std::deque<Sample> samples_;  // never empty; of those older than the window only the newest
};

}  // namespace forkmap::host
