// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace forkmap::pool {

class Map;

// The nodes that were lost with an item, and the last three of them.
struct LostNodes {
  std::uint16_t count = 0;
  std::array<std::uint16_t, 3> last{};

  void add(std::uint32_t node) noexcept {
    last[count % last.size()] = static_cast<std::uint16_t>(node);
    if (count < UINT16_MAX) ++count;
  }
};

// Consecutive items of a map that have been taken from its source and have no outcome yet.
struct Portion {
  std::shared_ptr<Map> map;
  std::uint64_t first = 0;            // position of its first item in the map
  std::uint64_t index = 0;            // of that item in the whole input; see index_of() in map.hpp
  std::uint32_t count = 0;            // items, at least 1
  int attempts = 0;                   // deaths charged so far; portions of one item only
  LostNodes lost = {};                // never charged to `attempts`
  bool item_by_item = false;          // a vectorized function is called for each item alone
  std::uint64_t accounted_bytes = 0;  // of input, counted as in flight
};

// A portion that a site has given back, for any site to run. Its rows lie in private memory:
// `count` of them from `row` on, in a block that Map::input_layout(capacity) describes. In the
// arena there are none.
struct Returned : Portion {
  bool one_by_one = false;  // its items are given to workers as tasks of their own
  std::uint64_t row = 0;
  std::uint32_t capacity = 0;  // 0: in the arena
  std::shared_ptr<const std::byte[]> rows = {};
  std::uint64_t bytes = 0;  // of the block's bytes area
};

}  // namespace forkmap::pool
