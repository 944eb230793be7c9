// SPDX-License-Identifier: Apache-2.0
#include "core/map/time_limits.hpp"

#include <algorithm>
#include <forkmap/error.hpp>
#include <string>

namespace forkmap::pool {

namespace {
constexpr int kMostPercent = 1'000'000;
// The median is looked for again when a sixteenth more items have finished.
constexpr std::uint64_t kLookShare = 16;
}  // namespace

bool TimeLimit::note_finished(std::uint64_t items, std::uint64_t time_ns) noexcept {
  if (wish_.percent == 0 || items == 0) return false;
  times_.add(time_ns / items, items);
  if (times_.items() < next_look_items_) return false;
  next_look_items_ = times_.items() + times_.items() / kLookShare + 1;
  const double limit_ns = static_cast<double>(times_.median_ns()) * wish_.percent / 100;
  const double most_ns =
      static_cast<double>(std::chrono::nanoseconds(std::chrono::hours(24 * 366)).count());
  std::chrono::nanoseconds limit(static_cast<std::int64_t>(std::min(limit_ns, most_ns)));
  limit = std::max<std::chrono::nanoseconds>(limit, kShortestMedianLimit);
  if (wish_.fixed.count() > 0) limit = std::min(limit, wish_.fixed);
  return std::exchange(now_, limit) != limit;
}

std::shared_ptr<TimeLimit> TimeLimits::get(TimeLimit::Wish wish) {
  if (wish.fixed.count() < 0)
    throw InvalidOption("PoolOptions::timeout cannot be negative; 0 is none");
  if (wish.percent != 0 && (wish.percent <= 100 || wish.percent > kMostPercent)) {
    throw InvalidOption("MapOptions::timeout_percent cannot be " + std::to_string(wish.percent) +
                        "; wanted: 101 to " + std::to_string(kMostPercent) + ", or 0 for none");
  }
  if (wish == TimeLimit::Wish{}) return nullptr;
  std::uint32_t free = 0;
  for (std::uint32_t number = 1; number < used_.size(); ++number) {
    const std::shared_ptr<TimeLimit> other = used_[number].lock();
    if (!other && free == 0) free = number;
    if (other && wish.percent == 0 && other->wish() == wish) return other;
  }
  if (free == 0) {
    if (used_.size() > base::kMostTimeLimits) {
      throw InvalidOption("the open maps of this pool have " +
                          std::to_string(base::kMostTimeLimits) +
                          " different time limits already; let some of them end first");
    }
    free = static_cast<std::uint32_t>(used_.size());
    used_.emplace_back();
  }
  auto limit = std::make_shared<TimeLimit>(free, wish);
  used_[free] = limit;
  in_force_[free] = true;
  note_change(free);
  return limit;
}

bool TimeLimits::follow_median() const noexcept {
  return std::ranges::any_of(used_, [](const std::weak_ptr<TimeLimit>& used) {
    const std::shared_ptr<TimeLimit> limit = used.lock();
    return limit && limit->wish().percent != 0;
  });
}

void TimeLimits::sweep() noexcept {
  for (std::uint32_t number = 1; number < used_.size(); ++number) {
    if (!in_force_[number] || !used_[number].expired()) continue;
    in_force_[number] = false;
    note_change(number);
  }
}

TimeLimits::Setting TimeLimits::setting_of(std::uint32_t number) const noexcept {
  const std::shared_ptr<TimeLimit> limit = used_[number].lock();
  return {number, limit ? limit->now() : std::chrono::nanoseconds{}};
}

}  // namespace forkmap::pool
