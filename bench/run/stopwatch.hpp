// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace forkmap::bench {

// Time on the monotonic clock since it was made.
class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  [[nodiscard]] double ms() const { return seconds() * 1e3; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace forkmap::bench
