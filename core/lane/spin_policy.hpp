// SPDX-License-Identifier: Apache-2.0
//
// How host and worker wait for each other for a moment before they sleep. A sleep costs a wake-up
// by the other side and two switches, tens of microseconds where an idle processor is halted; a
// look costs nothing but the processor. So a side looks first, if the last waits were short; and
// where workers and host need every processor, it offers its own to whoever is ready to run.
// One owner, in one process.
#pragma once

#include <sched.h>

#include <algorithm>
#include <chrono>

#include "core/base/relax_cpu.hpp"

namespace forkmap::lane {

class SpinPolicy {
 public:
  explicit SpinPolicy(bool core_to_spare) noexcept : core_to_spare_(core_to_spare) {}

  // Looks for as long as that pays; true as soon as `found` is.
  template <class Found>
  [[nodiscard]] bool look_for(Found&& found) noexcept {
    if (expected_ > kLongest) return false;
    const auto start = Clock::now();
    for (;;) {
      for (int look = 0; look < kLooksAtOnce; ++look) {
        if (found()) {
          // Short; how short does not matter.
          note_wait({});
          return true;
        }
        base::relax_cpu();
      }
      if (!core_to_spare_) ::sched_yield();
      if (Clock::now() - start >= kLongest) return false;
    }
  }

  // A wait that ended in a sleep took so long in all.
  void note_wait(std::chrono::nanoseconds wait) noexcept {
    // A long wait says no more than "long": a few short ones are believed again.
    expected_ += (std::min(wait, kLongestCounted) - expected_) / kMemory;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::nanoseconds kLongest{50'000};
  static constexpr std::chrono::nanoseconds kLongestCounted{200'000};
  static constexpr int kMemory = 4;
  static constexpr int kLooksAtOnce = 16;

  bool core_to_spare_;
  std::chrono::nanoseconds expected_{0};
};

}  // namespace forkmap::lane
