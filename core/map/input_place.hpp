// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <forkmap/plugin.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <forkmap/item_source.hpp>

#include "core/map/chunk_policy.hpp"
#include "core/types/column_layout.hpp"

namespace forkmap::pool {

using InputColumns = std::array<forkmap_result_column, FORKMAP_MAX_COLUMNS>;

// An empty block in a stretch of memory, for a source to fill. It uses `columns`.
[[nodiscard]] inline InputBlock block_at(const types::ColumnLayout& layout, std::byte* base,
                                         std::uint64_t stretch_bytes, InputColumns& columns) {
  types::result_columns(layout, base, columns.data());
  InputBlock block;
  block.columns = columns.data();
  block.column_count = layout.column_count;
  block.bytes = reinterpret_cast<unsigned char*>(base + layout.bytes_offset_bytes);
  block.bytes_capacity = layout.has_variable() ? stretch_bytes - layout.bytes_offset_bytes : 0;
  block.bytes_aim = std::min(block.bytes_capacity, kPayloadAimBytes);
  block.capacity_items = layout.capacity_items;
  return block;
}

}  // namespace forkmap::pool
