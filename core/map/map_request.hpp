// SPDX-License-Identifier: Apache-2.0
//
// What a map is asked for.
#pragma once

#include <cstdint>
#include <forkmap/item_source.hpp>
#include <forkmap/options.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "core/plugin/registry_table.hpp"
#include "core/types/text_format.hpp"

namespace forkmap::pool {

// What the reader of a text map gets of its results. Where a worker could not print (it died, or
// its window was full), batches carry columns whatever was asked for.
enum class TextResults : std::uint8_t {
  columns,  // nothing is printed
  block,    // the printed lines of a batch, without columns
  lines     // the same, with the end of each item's line
};

// Takes the outcomes of a map as they come. Called inside the engine's steps: it may not use the
// engine.
class OutcomeReceiver {
 public:
  OutcomeReceiver() = default;
  OutcomeReceiver(const OutcomeReceiver&) = delete;
  OutcomeReceiver& operator=(const OutcomeReceiver&) = delete;
  virtual ~OutcomeReceiver() = default;
  virtual void receive(ResultBatch&& outcomes) noexcept = 0;
};

// One map over the engine.
struct MapRequest {
  const plugin::FunctionEntry* function = nullptr;
  std::unique_ptr<ItemSource>
      source;  // of argument columns; of one `str` column of lines if `text`
  MapOptions options = {};
  std::optional<types::TextRules> text = {};  // the worker parses lines and prints results
  TextResults text_results = TextResults::lines;
  // Batches may keep long results where the worker has put them, until they are recycled.
  bool may_hold_windows = true;
  bool timed = false;   // batches say when their tasks ran; always so with an observer
  bool ordered = true;  // next() gives batches in input order
  // Gets every outcome of the map, also where the pool breaks or is shut down before the item was
  // taken from the source; next() gives nothing then. For a source of one item. It outlives the
  // map, or Engine::forget_receiver() is called.
  OutcomeReceiver* receiver = nullptr;
  // Index in the whole input of position 0, unless the source says another (InputBlock::index) ...
  std::uint64_t first_index = 0;
  std::uint64_t index_stride = 1;  // ... and from there to the next (shards)
  // Zero copy: argument and result columns (all fixed) lie in the arena at these offsets; `source`
  // is null and `arena_items` says how many. Batches then carry status and errors only.
  std::vector<std::uint64_t> arena_columns = {};
  std::uint64_t arena_items = 0;
};

}  // namespace forkmap::pool
