// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace forkmap::pool {

// What those who wait for the engine look at: whoever sees it change does not sleep.
struct Standing {
  std::uint64_t deliveries;
  std::size_t settled_maps;
  bool is_broken;
  friend bool operator==(const Standing&, const Standing&) = default;
};

}  // namespace forkmap::pool
