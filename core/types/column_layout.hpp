// SPDX-License-Identifier: Apache-2.0
//
// Where the columns of one chunk lie inside one stretch of memory (a lane's window, a cell's inline
// area, a private buffer). Host and worker compute the same layout from the same three things: the
// types, the capacity in items, and whether there is a status part. Offsets only, never pointers.
//
//   inputs:   fixed and ends columns | bytes area
//   results:  status | fixed and ends columns | error places | bytes area
//
// A fixed column is `capacity` values. A variable column is an ends column of `capacity + 1` 64-bit
// words: word i + 1 is the end of item i, counted from the start of the bytes area. The stretches
// of one item follow each other in column order, those of the next item behind them. So the start
// of item i is, in the first variable column, word i of the last one (whose word 0 is 0: an empty
// area); in each other variable column, word i + 1 of the variable column before it. An array
// begins at its start rounded up to the size of its element, also when it is empty: its end is
// never before that. Word 0 of the other columns is not used.
//
// Every part starts at a multiple of 8, the bytes area at a multiple of 64, if the stretch itself
// does. Error places are touched only by items that fail.
#pragma once

#include <forkmap/plugin.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/types/signature.hpp"

namespace forkmap::types {

// Place of an error text inside the bytes area of a result window.
struct ErrorPlace {
  std::uint64_t offset_bytes;
  std::uint64_t size_bytes;
};
static_assert(sizeof(ErrorPlace) == 16);

enum class Part : std::uint8_t { inputs, results };

struct ColumnLayout {
  std::uint64_t capacity_items = 0;
  std::uint32_t column_count = 0;
  std::array<Type, FORKMAP_MAX_COLUMNS> types{};
  std::array<std::uint64_t, FORKMAP_MAX_COLUMNS> offsets_bytes{};  // from the base of the stretch
  int last_variable = -1;                 // column whose ends close an item; -1 if all are fixed
  std::uint64_t status_offset_bytes = 0;  // results only: one byte an item
  std::uint64_t errors_offset_bytes = 0;  // results only: ErrorPlace an item
  std::uint64_t head_bytes = 0;           // end of the columns (before error places)
  std::uint64_t bytes_offset_bytes = 0;   // start of the bytes area

  [[nodiscard]] bool has_variable() const noexcept { return last_variable >= 0; }
};

// Limit of a chunk: items complete and an idle mark share the lower half of the progress word.
inline constexpr std::uint64_t kMaxCapacityItems = std::uint64_t{1} << 31;

// Checks: at most FORKMAP_MAX_COLUMNS known types, capacity up to kMaxCapacityItems.
[[nodiscard]] ColumnLayout layout_columns(Part part, std::span<const Type> types,
                                          std::uint64_t capacity_items);

// Writes the one word that an empty part needs; before its first item, if nothing below does it.
void begin_columns(const ColumnLayout& layout, std::byte* base) noexcept;

// The columns at `base` in the form that plugins see; `columns` has room for column_count entries.
// An argument column's starts[i] .. ends[i] are item i's stretch; ends[i] of a result column as
// well.
void argument_columns(const ColumnLayout& layout, const std::byte* base,
                      forkmap_column* columns) noexcept;
// Does begin_columns(), too.
void result_columns(const ColumnLayout& layout, std::byte* base,
                    forkmap_result_column* columns) noexcept;
// Result columns seen again as columns that can be read.
void readable_columns(const ColumnLayout& layout, const std::byte* base,
                      forkmap_column* columns) noexcept;

// Gives a row that has no value (its text was bad) empty stretches at the fill of the bytes area,
// so that the next row begins there.
void close_row(const ColumnLayout& layout, std::byte* base, std::uint64_t item,
               std::uint64_t fill_bytes) noexcept;

// Where the value of a stretch begins, for elements of 1, 2, 4 or 8 bytes.
[[nodiscard]] constexpr std::uint64_t aligned_start(std::uint64_t start,
                                                    std::uint32_t element_bytes) noexcept {
  return (start + element_bytes - 1) & ~std::uint64_t{element_bytes - 1};
}

}  // namespace forkmap::types
