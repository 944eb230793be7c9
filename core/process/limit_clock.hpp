// SPDX-License-Identifier: Apache-2.0
//
// Time limits of items by number, and the clock by which the zygote looks at its workers.
//
// Who runs this: the zygote, one thread. Tested without processes.
//  T1 No item is stopped before its limit: its time begins when it is first seen running.
//  T2 Only time in which the zygote was there to look counts: of what lies between two looks, no
//     more than was planned. After an absence (it was stopped, or got no processor) every item's
//     time begins anew.
//  T3 The clock is monotonic; a machine that sleeps does not age its items.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "core/base/time_limit_number.hpp"

namespace forkmap::process {

class LimitClock {
 public:
  using Clock = std::chrono::steady_clock;
  using Duration = Clock::duration;

  static constexpr Duration kAbsence = std::chrono::seconds(1);

  // `limit` holds from now on; zero: there is none of that number. Numbers out of range are none.
  void set(std::uint32_t number, Duration limit) noexcept;
  [[nodiscard]] Duration limit_of(std::uint32_t number) const noexcept;
  [[nodiscard]] bool has_limits() const noexcept { return count_ > 0; }

  struct Look {
    Duration counted{};  // what items that run on have grown older by
    bool anew = false;   // every item's time begins now
  };
  [[nodiscard]] Look begin_look(Clock::time_point now) noexcept;
  // `least_left`: of all items seen, what the one that is due first has left.
  void end_look(Clock::time_point now, std::optional<Duration> least_left) noexcept;
  // Nothing while there is no limit.
  [[nodiscard]] std::optional<Clock::time_point> next_look() const noexcept;

 private:
  std::array<Duration, base::kMostTimeLimits + 1> limits_{};
  std::uint32_t count_ = 0;
  Duration interval_{};  // between looks
  std::optional<Clock::time_point> last_;
  Clock::time_point next_{};

  void choose_interval() noexcept;
};

}  // namespace forkmap::process
