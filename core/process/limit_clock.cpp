// SPDX-License-Identifier: Apache-2.0
#include "core/process/limit_clock.hpp"

#include <algorithm>

namespace forkmap::process {

namespace {

using namespace std::chrono_literals;

// An item may begin right after a look; so it is stopped up to this share of its limit late.
constexpr int kLooksPerLimit = 8;
constexpr LimitClock::Duration kShortestInterval = 1ms;
constexpr LimitClock::Duration kLongestInterval = 250ms;

}  // namespace

void LimitClock::set(std::uint32_t number, Duration limit) noexcept {
  if (number == 0 || number > base::kMostTimeLimits) return;
  limits_[number] = std::max(limit, Duration::zero());
  choose_interval();
}

void LimitClock::choose_interval() noexcept {
  const bool had_limits = has_limits();
  count_ = 0;
  interval_ = kLongestInterval;
  for (const Duration limit : limits_) {
    if (limit == Duration::zero()) continue;
    ++count_;
    interval_ = std::min(interval_, limit / kLooksPerLimit);
  }
  interval_ = std::max(interval_, kShortestInterval);
  const auto now = Clock::now();
  if (!had_limits) last_.reset();
  next_ = had_limits ? std::min(next_, now + interval_) : now;
}

LimitClock::Duration LimitClock::limit_of(std::uint32_t number) const noexcept {
  return number <= base::kMostTimeLimits ? limits_[number] : Duration::zero();
}

LimitClock::Look LimitClock::begin_look(Clock::time_point now) noexcept {
  if (!last_ || now >= next_ + kAbsence) return {Duration::zero(), true};
  return {std::min(now, std::max(next_, *last_)) - *last_, false};
}

void LimitClock::end_look(Clock::time_point now, std::optional<Duration> least_left) noexcept {
  last_ = now;
  next_ = now + std::min(interval_, std::max(least_left.value_or(interval_), kShortestInterval));
}

std::optional<LimitClock::Clock::time_point> LimitClock::next_look() const noexcept {
  if (!has_limits()) return std::nullopt;
  return next_;
}

}  // namespace forkmap::process
