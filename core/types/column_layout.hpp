// SPDX-License-Identifier: Apache-2.0
//
// Where the columns of one chunk lie inside one stretch of memory (a lane's window, a cell's inline
// area, a private buffer). Host and worker compute the same layout from the same three things: the
// types, the capacity in items, and whether there is a status part. Offsets only, never pointers.
//
//   inputs:   fixed and ends columns | bytes area
//   results:  status | fixed and ends columns | error places | bytes area
//
// A fixed column is `capacity` values. An ends column is `capacity + 1` 64-bit words; word 0 is 0 and
// word i + 1 is the end of item i (see starts()/ends()). Every part starts at a multiple of 8, the
// bytes area at a multiple of 64. Error places are touched only by items that fail.
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
  int last_variable = -1;             // column whose ends close an item; -1 if all are fixed
  std::uint64_t status_offset_bytes = 0;   // results only: one byte an item
  std::uint64_t errors_offset_bytes = 0;   // results only: ErrorPlace an item
  std::uint64_t head_bytes = 0;            // end of the columns (before error places)
  std::uint64_t bytes_offset_bytes = 0;    // start of the bytes area

  [[nodiscard]] bool has_variable() const noexcept { return last_variable >= 0; }
};

// Throws base::ProgrammingError for more than FORKMAP_MAX_COLUMNS columns.
[[nodiscard]] ColumnLayout layout_columns(Part part, std::span<const Type> types,
                                          std::uint64_t capacity_items);

// The largest capacity whose layout leaves at least `bytes_area_bytes` of `stretch_bytes`; 0 if none.
[[nodiscard]] std::uint64_t capacity_for(Part part, std::span<const Type> types,
                                         std::uint64_t stretch_bytes,
                                         std::uint64_t bytes_area_bytes);

// Views for reading and writing the columns at `base`, in the form that plugins see.
// `columns` must have room for layout.column_count entries. Writes the leading zero of the last
// variable column in result_columns().
void argument_columns(const ColumnLayout& layout, const std::byte* base, forkmap_column* columns);
void result_columns(const ColumnLayout& layout, std::byte* base, forkmap_result_column* columns);
// Result columns seen again as columns that can be read.
void readable_columns(const ColumnLayout& layout, const std::byte* base, forkmap_column* columns);

}  // namespace forkmap::types
