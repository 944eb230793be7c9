// SPDX-License-Identifier: Apache-2.0
#include "core/types/row_copy.hpp"

#include <array>
#include <cstring>

#include "core/base/check.hpp"

namespace forkmap::types {

namespace {

using Columns = std::array<forkmap_column, FORKMAP_MAX_COLUMNS>;

Columns columns_of(const RowSpan& rows) {
  Columns columns{};
  argument_columns(*rows.layout, rows.base, columns.data());
  return columns;
}

}  // namespace

std::uint64_t row_bytes(const RowSpan& rows) {
  if (!rows.layout->has_variable() || rows.count == 0) return 0;
  const Columns columns = columns_of(rows);
  std::uint32_t first_variable = 0;
  while (!rows.layout->types[first_variable].is_variable()) ++first_variable;
  const auto last = static_cast<std::size_t>(rows.layout->last_variable);
  return columns[last].ends[rows.first + rows.count - 1] -
         columns[first_variable].starts[rows.first];
}

std::optional<std::uint64_t> copy_rows(const RowSpan& rows, const ColumnLayout& layout,
                                       std::byte* base, std::uint64_t bytes_capacity) {
  FORKMAP_CHECK(layout.column_count == rows.layout->column_count);
  const Columns from = columns_of(rows);
  return copy_rows({from.data(), nullptr, rows.first, rows.count}, layout, base,
                   base + layout.bytes_offset_bytes, bytes_capacity);
}

std::optional<std::uint64_t> copy_rows(const ColumnRows& rows, const ColumnLayout& layout,
                                       std::byte* base, std::byte* area,
                                       std::uint64_t bytes_capacity) {
  FORKMAP_CHECK(layout.capacity_items >= rows.count);
  std::array<forkmap_result_column, FORKMAP_MAX_COLUMNS> to{};
  result_columns(layout, base, to.data());
  for (std::uint32_t column = 0; column < layout.column_count; ++column) {
    if (layout.types[column].is_variable()) continue;
    const std::uint64_t size = element_bytes(layout.types[column]);
    std::memcpy(to[column].values,
                static_cast<const std::byte*>(rows.columns[column].values) + rows.first * size,
                rows.count * size);
  }
  if (!layout.has_variable()) return 0;
  std::uint64_t fill = 0;
  // Stretch by stretch, since an array's padding depends on where it comes to lie.
  for (std::uint64_t row = 0; row < rows.count; ++row) {
    if (rows.status != nullptr && rows.status[rows.first + row] != FORKMAP_STATUS_VALUE) {
      close_row(layout, base, row, fill);
      continue;
    }
    for (std::uint32_t column = 0; column < layout.column_count; ++column) {
      if (!layout.types[column].is_variable()) continue;
      const std::uint32_t alignment = element_bytes(layout.types[column]);
      const forkmap_column& source = rows.columns[column];
      const std::uint64_t begin = aligned_start(source.starts[rows.first + row], alignment);
      const std::uint64_t size = source.ends[rows.first + row] - begin;
      const std::uint64_t start = aligned_start(fill, alignment);
      if (start > bytes_capacity || size > bytes_capacity - start) return std::nullopt;
      if (size > 0) std::memcpy(area + start, source.bytes + begin, size);
      fill = start + size;
      to[column].ends[row] = fill;
    }
  }
  return fill;
}

}  // namespace forkmap::types
