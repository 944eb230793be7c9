// SPDX-License-Identifier: Apache-2.0
//
// How long tasks take, at one look at the clock for each of them, or for a row of them where the
// look would cost as much as the task. For the choice of chunks; one owner.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

namespace forkmap::pool {

class TaskClock {
 public:
  // Work begins, or goes on after a wait.
  void start() noexcept {
    last_ = Clock::now();
    unmeasured_ = 0;
  }
  // A task has ended, and the next one begins. Its time, or the mean of a row of short ones.
  [[nodiscard]] std::uint32_t task_ended_ns() noexcept {
    if (++unmeasured_ < row_) return mean_ns_;
    const auto now = Clock::now();
    const auto elapsed_ns = static_cast<std::uint64_t>((now - last_).count());
    mean_ns_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(
        elapsed_ns / unmeasured_, std::numeric_limits<std::uint32_t>::max()));
    row_ = mean_ns_ < kShortTaskNs ? kRowTasks : 1;
    last_ = now;
    unmeasured_ = 0;
    return mean_ns_;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static_assert(std::is_same_v<Clock::duration, std::chrono::nanoseconds>);
  static constexpr std::uint32_t kShortTaskNs = 1'000;
  static constexpr std::uint32_t kRowTasks = 16;

  Clock::time_point last_ = Clock::now();
  std::uint32_t unmeasured_ = 0;
  std::uint32_t row_ = 1;
  std::uint32_t mean_ns_ = 0;
};

}  // namespace forkmap::pool
