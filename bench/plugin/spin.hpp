// SPDX-License-Identifier: Apache-2.0
//
// Work of a given length, the same in workers and in this program.
#pragma once

#include <cstdint>
#include <ctime>

namespace forkmap::bench {

[[nodiscard]] inline std::int64_t thread_cpu_ns() noexcept {
  std::timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Computes until this thread has used so much processor time; returns what it computed. The clock
// of the thread, not of the wall: what others take away does not shorten the work.
[[nodiscard]] inline double spin_us(double duration_us) noexcept {
  const std::int64_t end = thread_cpu_ns() + static_cast<std::int64_t>(duration_us * 1e3);
  double value = 1;
  do {
    for (int step = 0; step < 50; ++step) value = value * 0.999 + 0.5;
  } while (thread_cpu_ns() < end);
  return value;
}

}  // namespace forkmap::bench
