// SPDX-License-Identifier: Apache-2.0
//
// How long tasks take, at one look at the clock for each of them, or for a row of them where the
// look would cost as much as the task. For the choice of chunks; one owner.
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

namespace forkmap::pool {

class TaskClock {
 public:
  // Work goes on after a wait. Of short tasks that come one by one, each after a wait, only every
  // so many-th is measured, alone.
  void start() noexcept {
    tasks_ = 0;
    items_ = 0;
    waited_ = row_ > 1 && ++waits_ < kRowTasks;
    if (waited_) return;
    waits_ = 0;
    row_ = 1;
    last_ = Clock::now();
  }
  // A task of so many items has ended, and the next one begins. Its time; or, where it is short,
  // what the items of a row of such tasks took on average, unless it is to be measured `alone`.
  [[nodiscard]] float task_ended_ns(std::uint32_t items, bool alone = false) noexcept {
    items_ += items;
    if (++tasks_ < row_ && !alone && expected_ns(items) < kShortTaskNs)
      return to_ns(expected_ns(items));
    const auto now = Clock::now();
    if (std::exchange(waited_, false)) {
      // When the row began is not known. It begins now, or the next task is measured alone.
      if (expected_ns(items) >= kShortTaskNs || alone) row_ = 1;
    } else {
      item_ns_ = static_cast<double>((now - last_).count()) / static_cast<double>(items_);
      row_ = expected_ns(items) < kShortTaskNs && !alone ? kRowTasks : 1;
    }
    last_ = now;
    tasks_ = 0;
    items_ = 0;
    return to_ns(expected_ns(items));
  }

 private:
  using Clock = std::chrono::steady_clock;
  static_assert(std::is_same_v<Clock::duration, std::chrono::nanoseconds>);
  static constexpr double kShortTaskNs = 1'000;
  static constexpr std::uint32_t kRowTasks = 16;

  Clock::time_point last_ = Clock::now();  // when the row began
  std::uint32_t tasks_ = 0;                // of the row so far
  std::uint64_t items_ = 0;                // in them
  std::uint32_t row_ = 1;
  double item_ns_ = 0;       // as measured last
  std::uint32_t waits_ = 0;  // since a task was measured
  bool waited_ = false;      // so `last_` is too old

  [[nodiscard]] double expected_ns(std::uint32_t items) const noexcept { return item_ns_ * items; }
  [[nodiscard]] static float to_ns(double ns) noexcept { return static_cast<float>(ns); }
};

}  // namespace forkmap::pool
