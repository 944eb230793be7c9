// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/types/column_layout.hpp"

namespace forkmap::types {

// Rows of argument columns, somewhere in memory.
struct RowSpan {
  const ColumnLayout* layout = nullptr;
  const std::byte* base = nullptr;
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

// Copies rows to the front of an empty block of the same types at `base`. Returns the fill of its
// bytes area, or nothing if the rows do not fit `bytes_capacity` (the block is then undefined).
// `layout.capacity_items` is at least rows.count.
[[nodiscard]] std::optional<std::uint64_t> copy_rows(const RowSpan& rows,
                                                     const ColumnLayout& layout, std::byte* base,
                                                     std::uint64_t bytes_capacity);

// Rows of columns that can be read, wherever they lie.
struct ColumnRows {
  const forkmap_column* columns = nullptr;  // of the types of the layout they are copied to
  const unsigned char* status = nullptr;    // [first + count]; null: each row has a value
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

// The same. Rows without a value get empty stretches.
[[nodiscard]] std::optional<std::uint64_t> copy_rows(const ColumnRows& rows,
                                                     const ColumnLayout& layout, std::byte* base,
                                                     std::byte* area, std::uint64_t bytes_capacity);

// Bytes of the bytes area that the rows take (0 if all columns are fixed).
[[nodiscard]] std::uint64_t row_bytes(const RowSpan& rows);

}  // namespace forkmap::types
