// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "host/input/item_input.hpp"
#include "host/output/item_numbering.hpp"

#include <forkmap/item_source.hpp>

namespace forkmap::host {

// Items that ran longest. Those of one task count as one, with their mean time: none of them is
// measured alone.
struct SlowItem {
  std::uint64_t number = 0;  // from 1
  std::uint64_t last = 0;    // number of the last item of its task
  std::chrono::nanoseconds time{};
  std::string text;  // quoted
};

class SlowestItems {
 public:
  // Outcomes of a task whose times were measured (others are passed over), before they are settled.
  void take(const ResultBatch& batch, const ItemNumbering& numbers, const ItemInput& input);

  // The slowest first, ten at most.
  [[nodiscard]] const std::vector<SlowItem>& all() const noexcept { return items_; }
  // "slowest items:" and a line for each; empty if none was measured.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<SlowItem> items_;
};

// "item 17"; "items 17 to 23, on average".
[[nodiscard]] std::string name_of(const SlowItem& item);

}  // namespace forkmap::host
