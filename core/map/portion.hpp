// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

namespace forkmap::pool {

class Map;

// Consecutive items of a map that have been taken from its source and have no outcome yet.
struct Portion {
  std::shared_ptr<Map> map;
  std::uint64_t first = 0;            // position of its first item in the map
  std::uint64_t index = 0;            // of that item in the whole input; see index_of() in map.hpp
  std::uint32_t count = 0;            // items, at least 1
  int attempts = 0;                   // deaths charged so far; portions of one item only
  bool item_by_item = false;          // a vectorized function is called for each item alone
  std::uint64_t accounted_bytes = 0;  // of input, counted as in flight
};

}  // namespace forkmap::pool
