// SPDX-License-Identifier: Apache-2.0
//
// The median of how long items took, from a histogram with 16 classes an octave: exact to 3 %, in
// constant room.
#pragma once

#include <array>
#include <cstdint>

namespace forkmap::pool {

class MedianTime {
 public:
  // `items` that took so long each.
  void add(std::uint64_t time_ns, std::uint64_t items) noexcept;
  [[nodiscard]] std::uint64_t items() const noexcept { return items_; }
  // 0 if there was no item.
  [[nodiscard]] std::uint64_t median_ns() const noexcept;

 private:
  static constexpr std::uint32_t kClassesPerOctave = 16;
  std::array<std::uint64_t, 64 * kClassesPerOctave> counts_{};
  std::uint64_t items_ = 0;
};

}  // namespace forkmap::pool
