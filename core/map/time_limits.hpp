// SPDX-License-Identifier: Apache-2.0
//
// Time limits by number. A task carries the number of its map's limit; who enforces it asks what
// has changed since it asked last. Private memory of the host, one thread.
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
#include "core/base/time_limit_number.hpp"

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
  // InvalidOption for what can never be, and if no number is left.
  [[nodiscard]] std::shared_ptr<TimeLimit> get(TimeLimit::Wish wish);
  // `items` with that limit took so long together.
  void note_finished(TimeLimit& limit, std::uint64_t items, std::uint64_t time_ns) noexcept {
    if (limit.note_finished(items, time_ns)) note_change(limit.number());
  }
  // Forgets limits that nobody uses any more.
  void sweep() noexcept;
  // Whether one that is used follows the median of its items.
  [[nodiscard]] bool follow_median() const noexcept;

  // Grows with each change. At 0 there was none.
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  // Calls tell(Setting) for each number that stands for something else than at that version.
  template <class Tell>
  void tell_since(std::uint64_t version, Tell&& tell) const {
    for (std::uint32_t number = 1; number < used_.size(); ++number) {
      if (changed_at_[number] > version) tell(setting_of(number));
    }
  }

 private:
  std::vector<std::weak_ptr<TimeLimit>> used_ = std::vector<std::weak_ptr<TimeLimit>>(1);
  std::array<bool, base::kMostTimeLimits + 1> in_force_{};
  std::array<std::uint64_t, base::kMostTimeLimits + 1> changed_at_{};
  std::uint64_t version_ = 0;

  void note_change(std::uint32_t number) noexcept { changed_at_[number] = ++version_; }
  [[nodiscard]] Setting setting_of(std::uint32_t number) const noexcept;
};

}  // namespace forkmap::pool
