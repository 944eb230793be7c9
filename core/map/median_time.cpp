// SPDX-License-Identifier: Apache-2.0
#include "core/map/median_time.hpp"

#include <bit>
#include <cstddef>

namespace forkmap::pool {

namespace {
constexpr int kClassBits = 4;
constexpr std::uint64_t kClassMask = (std::uint64_t{1} << kClassBits) - 1;

// Below 32 ns each value has a class of its own; above, the leading five bits choose it.
std::size_t class_of(std::uint64_t time_ns) noexcept {
  const int shift = static_cast<int>(std::bit_width(time_ns)) - 1 - kClassBits;
  if (shift <= 0) return time_ns;
  return ((static_cast<std::size_t>(shift) + 1) << kClassBits) + ((time_ns >> shift) & kClassMask);
}

// The middle of a class.
std::uint64_t time_of(std::size_t place) noexcept {
  if (place < 2 * (kClassMask + 1)) return place;
  const auto shift = (place >> kClassBits) - 1;
  const std::uint64_t lowest = ((place & kClassMask) + kClassMask + 1) << shift;
  return lowest + (std::uint64_t{1} << (shift - 1));
}
}  // namespace

void MedianTime::add(std::uint64_t time_ns, std::uint64_t items) noexcept {
  counts_[class_of(time_ns)] += items;
  items_ += items;
}

std::uint64_t MedianTime::median_ns() const noexcept {
  std::uint64_t below = 0;
  for (std::size_t place = 0; place < counts_.size(); ++place) {
    below += counts_[place];
    if (2 * below >= items_ && items_ > 0) return time_of(place);
  }
  return 0;
}

}  // namespace forkmap::pool
