// SPDX-License-Identifier: Apache-2.0
//
// Whether the host looks at its lanes for a while before it sleeps. A sleep costs a wake-up by the
// worker and two switches, some microseconds; a look costs nothing but the core, which a worker may
// want. So it looks only if the last waits were short, and shorter where workers need every core.
#pragma once

#include <chrono>

namespace forkmap::pool {

class SpinPolicy {
 public:
  explicit SpinPolicy(bool core_to_spare) noexcept
      : longest_(core_to_spare ? kLongestWithCoreToSpare : kLongest) {}

  // How long to look before the next sleep; 0: sleep at once.
  [[nodiscard]] std::chrono::nanoseconds budget() const noexcept {
    return expected_ <= longest_ ? longest_ : std::chrono::nanoseconds{0};
  }
  // The wait that is over took so long, whether it was slept through or not.
  void note_wait(std::chrono::nanoseconds wait) noexcept {
    // A long wait says no more than "long": short ones are believed again after a few.
    const auto counted = wait < kLongestCounted ? wait : kLongestCounted;
    expected_ += (counted - expected_) / kMemory;
  }

 private:
  static constexpr std::chrono::nanoseconds kLongest{5'000};
  static constexpr std::chrono::nanoseconds kLongestWithCoreToSpare{20'000};
  static constexpr std::chrono::nanoseconds kLongestCounted{100'000};
  static constexpr int kMemory = 4;

  std::chrono::nanoseconds longest_;
  std::chrono::nanoseconds expected_{0};
};

}  // namespace forkmap::pool
