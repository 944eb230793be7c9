// SPDX-License-Identifier: Apache-2.0
//
// Time limits by number. A task's cell carries the number of its map's limit; the zygotes, who
// enforce it, are told what each number stands for. Private memory of the host, one thread.
//  T1 A number stands for another limit only after every map that used it, and so each of its
//     tasks, is gone.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/time_histogram.hpp"
#include "core/process/limit_clock.hpp"

namespace forkmap::pool {

// A limit that follows the median acts once so many items have finished.
inline constexpr std::uint64_t kItemsBeforeMedianLimit = 10;
// And it is never shorter: what differs by less is the machine's doing.
inline constexpr std::chrono::milliseconds kShortestMedianLimit{100};

class TimeLimit {
 public:
  // Zero: none of that kind. With both, the shorter counts.
  struct Wish {
    std::chrono::nanoseconds fixed{};
    int percent = 0;  // of the median of the finished items
    friend bool operator==(const Wish&, const Wish&) = default;
  };
  TimeLimit(std::uint32_t number, Wish wish) noexcept
      : number_(number), wish_(wish), now_(wish.fixed) {}

  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
  [[nodiscard]] const Wish& wish() const noexcept { return wish_; }
  // What holds now; zero: nothing yet.
  [[nodiscard]] std::chrono::nanoseconds now() const noexcept { return now_; }
  // True: the limit is another one from now on.
  bool note_finished(std::uint64_t items, std::uint64_t time_ns) noexcept;

 private:
  std::uint32_t number_;
  Wish wish_;
  std::chrono::nanoseconds now_;
  base::TimeHistogram times_;
  std::uint64_t next_look_items_ = kItemsBeforeMedianLimit;
};

class TimeLimits {
 public:
  struct Setting {
    std::uint32_t number;
    std::chrono::nanoseconds limit;
  };

  // The limit wished for, or null for none; maps with the same fixed limit share it. Throws
  // InvalidOption for what can never be, and if no number is left. A new one is to be told.
  [[nodiscard]] std::shared_ptr<TimeLimit> get(TimeLimit::Wish wish);
  // Forgets limits that nobody uses any more; calls tell({number, zero}) for each.
  template <class Tell>
  void sweep(Tell&& tell) {
    for (std::uint32_t number = 1; number < used_.size(); ++number) {
      if (in_force_[number] && used_[number].expired()) {
        in_force_[number] = false;
        tell(Setting{number, {}});
      }
    }
  }
  // Whether one that is used follows the median of its items.
  [[nodiscard]] bool follow_median() const noexcept;
  // All that hold now, for a new zygote.
  [[nodiscard]] std::vector<Setting> settings() const;

 private:
  std::vector<std::weak_ptr<TimeLimit>> used_ = std::vector<std::weak_ptr<TimeLimit>>(1);
  std::array<bool, process::kMostLimits + 1> in_force_{};
};

}  // namespace forkmap::pool
