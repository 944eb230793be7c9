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
#include "core/types/column_layout.hpp"

namespace forkmap::pool {

// Memory of batches that were read, to be used again.
class BatchMemory {
 public:
  // At least `bytes`; contents undefined.
  void give(ResultBatch& batch, std::size_t bytes);
  void take_back(ResultBatch batch);

 private:
  std::vector<ResultBatch> spare_;
};

struct ResultPlace {
  const types::ColumnLayout* layout = nullptr;  // capacity = items of the task
  const std::byte* head = nullptr;              // status and columns: the window, or the cell
  const std::byte* window = nullptr;            // error places, bytes area, text
  std::uint64_t window_bytes = 0;
  bool in_arena = false;  // columns are elsewhere: status and errors only
};

struct RawError {
  std::uint32_t item = 0;  // in the batch
  std::uint8_t status = 0;
  std::string text;
};

// The first `complete` items of a task. `bytes_used` and `text_bytes` as the worker said (the
// former is found from the columns if it is not known: after a death). Fills status, columns, text,
// count, and the errors' raw form. False: the window contradicts itself, nothing is to be believed.
[[nodiscard]] bool read_results(const ResultPlace& place, std::uint32_t complete,
                                std::optional<std::uint64_t> bytes_used, std::uint64_t text_bytes,
                                BatchMemory& memory, ResultBatch& batch,
                                std::vector<RawError>& errors);

}  // namespace forkmap::pool
