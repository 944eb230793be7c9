// SPDX-License-Identifier: Apache-2.0
//
// Copies the results of a task out of a window into private memory, and believes nothing on the
// way: every size, offset and status is copied once, checked, and used from the copy (L4).
#pragma once

#include <cstdint>
#include <forkmap/item_source.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "core/lane/host_lane.hpp"
#include "core/map/batch_memory.hpp"
#include "core/types/column_layout.hpp"

namespace forkmap::pool {

struct ResultPlace {
  const types::ColumnLayout* layout = nullptr;  // capacity = items of the task
  const std::byte* head = nullptr;              // status and columns: the window, or the cell
  const std::byte* window = nullptr;            // error places, bytes area, text
  std::uint64_t window_bytes = 0;
  bool may_hold = false;       // long bytes may stay where they are: the batch says held_bytes then
  bool in_arena = false;       // columns are elsewhere: status and errors only
  bool all_values = false;     // in the arena, and the worker says so: nothing is read
  bool has_text_ends = false;  // the ends of the lines stand before the text
};

struct RawError {
  std::uint32_t item = 0;  // in the batch
  std::uint8_t status = 0;
  std::string text;
};

// The first `complete` items of a task. `bytes_used` and `text_bytes` as the worker said (the
// former is found from the columns if it is not known: after a death). Fills status, count, the
// errors' raw form, and either the columns or, if there is any, the text. False: the window
// contradicts itself, nothing is to be believed.
[[nodiscard]] bool read_results(const ResultPlace& place, std::uint32_t complete,
                                std::optional<std::uint64_t> bytes_used, std::uint64_t text_bytes,
                                BatchMemory& memory, ResultBatch& batch,
                                std::vector<RawError>& errors);

}  // namespace forkmap::pool
