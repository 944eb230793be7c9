// SPDX-License-Identifier: Apache-2.0
//
// The arithmetic of the array rows, so that forkmap and its peers run the same.
#pragma once

#include <cstddef>
#include <span>

namespace forkmap::bench {

[[nodiscard]] inline double scale(double x) noexcept { return x * 1.5 + 0.25; }

inline void scale_all(std::span<const double> from, std::span<double> to) noexcept {
  for (std::size_t item = 0; item < from.size(); ++item) to[item] = scale(from[item]);
}

}  // namespace forkmap::bench
