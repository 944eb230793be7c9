// SPDX-License-Identifier: Apache-2.0
//
// Which items of the whole input have their outcome, counted from 0, where they may come in any
// order.
//  S1 All below `below()` are settled; ranges lie above it, ascending, and neither touch nor
//  overlap.
#pragma once

#include <cstdint>
#include <map>

namespace forkmap::host {

class SettledItems {
 public:
  using Ranges = std::map<std::uint64_t, std::uint64_t>;  // first -> behind the last

  // None of them is settled so far, and there is at least one.
  void add(std::uint64_t first, std::uint64_t count);
  [[nodiscard]] bool contains(std::uint64_t item) const noexcept;
  // How many items from this one on are not settled: 0 if it is.
  [[nodiscard]] std::uint64_t open_from(std::uint64_t item) const noexcept;
  [[nodiscard]] std::uint64_t below() const noexcept { return below_; }
  [[nodiscard]] const Ranges& ranges() const noexcept { return ranges_; }
  [[nodiscard]] std::uint64_t count() const noexcept;
  // Behind the last one.
  [[nodiscard]] std::uint64_t end() const noexcept {
    return ranges_.empty() ? below_ : ranges_.rbegin()->second;
  }
  friend bool operator==(const SettledItems&, const SettledItems&) = default;

 private:
  std::uint64_t below_ = 0;
  Ranges ranges_;
};

}  // namespace forkmap::host
