// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "host/input/item_input.hpp"
#include "host/options/shard.hpp"

namespace forkmap::host {

// By which numbers a run tells its items, from 1: they follow from --first-item and --shard, where
// the input has none of its own.
class ItemNumbering {
 public:
  ItemNumbering(const ItemInput& input, std::uint64_t first_item, const Shard& shard) noexcept
      : input_(input), first_(first_item + shard.index - 1), stride_(shard.count) {}

  // From now on position 0 is what position `items` was: an earlier run has done those before.
  void begin_behind(std::uint64_t items) noexcept { first_ += items * stride_; }

  [[nodiscard]] std::uint64_t number_of(std::uint64_t position) const;
  // Of the item at position 0, and from one to the next, where the input has no numbers of its own.
  [[nodiscard]] std::uint64_t first() const noexcept { return first_; }
  [[nodiscard]] std::uint64_t stride() const noexcept { return stride_; }

 private:
  const ItemInput& input_;
  std::uint64_t first_;
  std::uint64_t stride_;
};

}  // namespace forkmap::host
