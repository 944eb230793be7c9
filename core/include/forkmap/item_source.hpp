// SPDX-License-Identifier: Apache-2.0
//
// How items get into a pool, and outcomes out of it, without types: the seam between the templates
// of the typed Pool and the engine. Most programs use neither.
#pragma once

#include <forkmap/requirements.hpp>

#include <forkmap/plugin.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <forkmap/outcome.hpp>
#include <memory>
#include <optional>
#include <vector>

namespace forkmap {

// Where the next items are written: argument columns, usually in shared memory. Row `count` is the
// next. Fixed column: values[row]. Variable column: the bytes at bytes + bytes_used (arrays:
// rounded up to their element), then ends[row] = fill after it, columns in ascending order.
struct InputBlock {
  const forkmap_result_column* columns = nullptr;
  std::uint32_t column_count = 0;
  unsigned char* bytes = nullptr;
  std::uint64_t bytes_used = 0;
  std::uint64_t bytes_capacity = 0;
  std::uint64_t bytes_aim = 0;  // a source stops, with `more`, once bytes_used reaches it
  std::uint64_t count = 0;      // rows written
  // Of row 0 in the whole input; the next ones follow by the map's stride. A source whose items
  // have indices of their own sets it, with a row or without, and ends a fill where they jump.
  std::uint64_t index = 0;
  std::uint64_t capacity_items = 0;  // rows there is room for
};

// Gives the items of one map, in order. Called by the engine between its steps, so it may itself
// use the pool. An exception ends the map after the items before it, and reaches whoever reads the
// map.
class ItemSource {
 public:
  enum class Fill : std::uint8_t {
    more,   // call again for more
    pause,  // nothing at hand now (an empty pipe); the engine asks again at its next step
    end,    // that was the last item
    full,   // the next item does not fit behind the rows written; it will be asked for again
    failed  // the next item failed before it was sent; see take_error()
  };
  ItemSource() = default;
  ItemSource(const ItemSource&) = delete;
  ItemSource& operator=(const ItemSource&) = delete;
  virtual ~ItemSource() = default;

  // Appends at most `limit` rows. `full` with no row written means that the item does not fit an
  // empty window: the engine then calls skip_too_large().
  virtual Fill fill(InputBlock& block, std::size_t limit) = 0;
  // After `failed`: the error of that item, which counts as one item. Index and function are set by
  // the engine.
  virtual ItemError take_error() { return {}; }
  // Drops the item that does not fit; returns its size in bytes.
  virtual std::uint64_t skip_too_large() = 0;
  // Items still to come, if that is known without reading ahead.
  [[nodiscard]] virtual std::optional<std::uint64_t> remaining() const { return std::nullopt; }
};

// Outcomes of a run of consecutive items, in private memory. Movable.
struct ResultBatch {
  std::uint64_t first = 0;  // position of item 0 of the batch in the map's input
  std::uint32_t count = 0;
  // [count]; FORKMAP_STATUS_VALUE or an error. Null where the results are in the arena and all are
  // values.
  const unsigned char* status = nullptr;
  // All result columns, values where the status says value; none of text tasks.
  std::vector<forkmap_column> columns = {};
  const unsigned char* text = nullptr;  // lines with terminators, nothing for errors; null if none
  std::uint64_t text_bytes = 0;
  const std::uint64_t* text_ends = nullptr;  // [count]; null where nobody asked for it
  std::vector<ItemError> errors = {};        // of the items that failed, in order
  int worker = -1;                           // number of the worker; -1: none was involved
  pid_t pid = 0;
  std::uint32_t node = 0;  // where that worker was; 0: this machine
  std::unique_ptr<std::byte[]> memory = {};
  std::size_t memory_bytes = 0;
  // Where long results lie in a window of the worker still, this keeps it; bytes there are read
  // once, and believed for nothing.
  std::shared_ptr<const void> held = {};
  std::size_t held_bytes = 0;
  // When its task ran, as the host saw it; where the map asked for that, and a worker was involved.
  std::chrono::steady_clock::time_point begun = {};
  std::chrono::steady_clock::time_point ended = {};
};

}  // namespace forkmap
