// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace forkmap::host {

// Every `count`-th item, from the item `index` on.
struct Shard {
  std::uint64_t index = 1;  // 1 .. count
  std::uint64_t count = 1;
};

}  // namespace forkmap::host
