// SPDX-License-Identifier: Apache-2.0
//
// A sweep: `::: 1 2 3 ::: a b` is every value with every other, the last list fastest; `:::+ a b`
// goes along with the list before it. Ole Tange's notation (GNU parallel). A value 1..1000 is
// a range, 0..1..0.01 one with a step. Items are made when they are asked for, so a sweep may be
// long.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/input/item_texts.hpp"

namespace forkmap::host {

// The values of a list that stand together: one text, or a range. Numbers of a range are exact: an
// integer counts units of the last decimal.
class SweepValues {
 public:
  // "a", "1..1000", "0..1..0.01", "5..1". Throws UsageError for a range without an end.
  explicit SweepValues(const std::string& text);

  [[nodiscard]] std::uint64_t size() const noexcept { return count_; }
  void append(std::uint64_t place, std::string& to) const;

 private:
  std::string text_;  // if it is no range
  std::uint64_t count_ = 1;
  std::int64_t first_ = 0;  // in units of the last decimal
  std::int64_t step_ = 0;
  unsigned decimals_ = 0;
  bool is_range_ = false;
};

class Sweep final : public ItemTexts {
 public:
  static constexpr const char* kList = ":::";
  static constexpr const char* kLinked = ":::+";

  // The first word is ":::". Throws UsageError for an empty list, or more items than can be
  // counted.
  explicit Sweep(const std::vector<std::string>& words);

  // How many columns an item has: the number of lists.
  [[nodiscard]] std::size_t columns() const noexcept { return lists_.size(); }
  [[nodiscard]] std::uint64_t size() const noexcept override { return size_; }
  [[nodiscard]] std::string_view text(std::uint64_t place, std::string& room) const override;
  [[nodiscard]] WholeInput whole() const noexcept override { return whole_; }

 private:
  struct List {
    std::vector<SweepValues> values = {};
    std::uint64_t size = 0;
    bool is_linked = false;
    std::uint64_t turns = 0;   // of its group: the shortest of its lists
    std::uint64_t stride = 0;  // items between two turns
  };
  std::vector<List> lists_;
  std::uint64_t size_ = 1;
  WholeInput whole_;

  void read(const std::vector<std::string>& words);
  void settle_turns();
};

}  // namespace forkmap::host
