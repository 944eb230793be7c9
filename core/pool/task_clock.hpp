// SPDX-License-Identifier: Apache-2.0
//
// How long tasks take, at one look at the clock for each of them, or for a row of them where the
// look would cost as much as the task. For the choice of chunks; one owner.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>

namespace forkmap::pool {

class TaskClock {
 public:
  // Work goes on after a wait. Of short tasks that come one by one, each after a wait, only every
  // so many-th is measured, alone.
  void start() noexcept {
    unmeasured_ = 0;
    waited_ = row_ > 1 && ++waits_ < kRowTasks;
    if (waited_) return;
    waits_ = 0;
    row_ = 1;
    last_ = Clock::now();
  }
  // A task has ended, and the next one begins. Its time, or the mean of a row of short ones.
  [[nodiscard]] std::uint32_t task_ended_ns() noexcept {
    if (++unmeasured_ < row_) return mean_ns_;
    const auto now = Clock::now();
    if (!std::exchange(waited_, false)) {  // else a row without a wait in it begins only now
      const auto elapsed_ns = static_cast<std::uint64_t>((now - last_).count());
      mean_ns_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(
          elapsed_ns / unmeasured_, std::numeric_limits<std::uint32_t>::max()));
      row_ = mean_ns_ < kShortTaskNs ? kRowTasks : 1;
    }
    last_ = now;
    unmeasured_ = 0;
    return mean_ns_;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static_assert(std::is_same_v<Clock::duration, std::chrono::nanoseconds>);
  static constexpr std::uint32_t kShortTaskNs = 1'000;
  static constexpr std::uint32_t kRowTasks = 16;

  Clock::time_point last_ = Clock::now();  // when the row began
  std::uint32_t unmeasured_ = 0;           // tasks of the row so far
  std::uint32_t row_ = 1;
  std::uint32_t mean_ns_ = 0;
  std::uint32_t waits_ = 0;  // since one was measured
  bool waited_ = false;      // so `last_` is too old
};

}  // namespace forkmap::pool
