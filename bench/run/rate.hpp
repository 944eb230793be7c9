// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace forkmap::bench {

[[nodiscard]] inline double million_per_second(std::size_t items, double seconds) {
  return static_cast<double>(items) / seconds / 1e6;
}

}  // namespace forkmap::bench
