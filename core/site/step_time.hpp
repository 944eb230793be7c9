// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

namespace forkmap::pool {

using Clock = std::chrono::steady_clock;

// The time of one step. The clock is read when a part of the step asks first, since most steps need
// no time at all; a test says what time it is.
class StepTime {
 public:
  StepTime() = default;
  explicit StepTime(Clock::time_point now) noexcept : now_(now) {}
  [[nodiscard]] Clock::time_point get() noexcept {
    if (!now_) now_ = Clock::now();
    return *now_;
  }

 private:
  std::optional<Clock::time_point> now_;
};

}  // namespace forkmap::pool
