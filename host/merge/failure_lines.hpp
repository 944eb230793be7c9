// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "host/merge/part_lines.hpp"
#include "host/merge/parts.hpp"

namespace forkmap::host {

// The failures of a shard, one after the other, in the order of their items.
class FailureLines {
 public:
  static constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

  // Stands at the first. `first_item`: its number in the whole run. Throws UsageError, SystemError,
  // as all of this.
  FailureLines(const Part& part, std::uint64_t first_item, std::size_t buffer_bytes);

  // The failed item, from 0 in the input of the whole run; kNone behind the last.
  [[nodiscard]] std::uint64_t item() const noexcept { return item_; }
  // All that is told of it, with the newline.
  [[nodiscard]] std::string_view line() const noexcept { return line_; }
  void advance();

 private:
  const Part& part_;
  std::uint64_t first_item_;
  PartLines lines_;
  std::uint64_t count_ = 0;  // so far
  std::uint64_t item_ = kNone;
  std::string_view line_;
};

}  // namespace forkmap::host
