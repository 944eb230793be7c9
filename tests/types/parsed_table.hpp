// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/text_format.hpp"
#include "tests/catch.hpp"
#include "tests/types/chunk_on_buffer.hpp"

namespace forkmap::types {

// Room of a table, in rows.
inline constexpr std::uint64_t kTableItems = 4;

// Columns of arguments that lines are parsed into.
class ParsedTable {
 public:
  explicit ParsedTable(std::string_view arguments, std::uint64_t bytes_capacity = 4096)
      : layout_(layout_columns(Part::inputs,
                               parse_signature("(" + std::string(arguments) + ") -> ()").arguments,
                               kTableItems)),
        stretch_(layout_.bytes_offset_bytes + bytes_capacity),
        capacity_(bytes_capacity) {
    argument_columns(layout_, stretch_.base(), columns_.data());
  }

  ParseOutcome parse(std::string_view line, TextRules rules = {}) {
    bad = BadText{};
    const ParseOutcome outcome =
        parse_row(line, rules, layout_, stretch_.base(), items, used, capacity_, bad);
    if (outcome == ParseOutcome::row) ++items;
    CHECK(stretch_.is_intact());
    return outcome;
  }
  // The reason why the line is bad.
  std::string reason(std::string_view line, TextRules rules = {}) {
    const std::uint64_t used_before = used;
    CHECK(parse(line, rules) == ParseOutcome::bad);
    CHECK(used == used_before);
    return bad.reason;
  }

  template <class T>
  [[nodiscard]] T value(std::uint64_t item, std::size_t column = 0) const {
    return static_cast<const T*>(columns_[column].values)[item];
  }
  [[nodiscard]] std::string text(std::uint64_t item, std::size_t column = 0) const {
    const forkmap_column& from = columns_[column];
    return std::string(reinterpret_cast<const char*>(from.bytes + from.starts[item]),
                       from.ends[item] - from.starts[item]);
  }
  template <class T>
  [[nodiscard]] std::vector<T> array(std::uint64_t item, std::size_t column = 0) const {
    const forkmap_column& from = columns_[column];
    const std::uint64_t begin = aligned_start(from.starts[item], sizeof(T));
    const auto* const first = reinterpret_cast<const T*>(from.bytes + begin);
    CHECK(reinterpret_cast<std::uintptr_t>(first) % alignof(T) == 0);
    return std::vector<T>(first, first + (from.ends[item] - begin) / sizeof(T));
  }

  std::uint64_t items = 0;
  std::uint64_t used = 0;
  BadText bad;

 private:
  ColumnLayout layout_;
  Stretch stretch_;
  std::uint64_t capacity_;
  std::array<forkmap_column, FORKMAP_MAX_COLUMNS> columns_{};
};

}  // namespace forkmap::types
