// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <random>

namespace forkmap::tests {

// A short while that differs from round to round, so that the two sides meet at every point.
class Dither {
 public:
  explicit Dither(unsigned seed) : random_(seed) {}
  void pause() { spin(256); }
  void pause_briefly() { spin(48); }

 private:
  void spin(std::uint32_t most) {
    const auto turns = static_cast<std::uint32_t>(random_() % most);
    for (std::uint32_t turn = 0; turn < turns; ++turn) {
      std::atomic_signal_fence(std::memory_order_seq_cst);
    }
  }

  std::minstd_rand random_;
};

}  // namespace forkmap::tests
