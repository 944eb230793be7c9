// SPDX-License-Identifier: Apache-2.0
#include "core/pool/cell_writer.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace forkmap::pool {

namespace {

lane::TextForm form_of(TextResults wanted) {
  switch (wanted) {
    case TextResults::columns:
      return lane::TextForm::parsed;
    case TextResults::block:
      return lane::TextForm::block;
    case TextResults::lines:
      return lane::TextForm::lines;
  }
  return lane::TextForm::lines;
}

}  // namespace

void CellWriter::push(WorkerSlot& worker, Task task, std::uint32_t window) {
  TaskInCell& truth = worker.cells[worker.lane->next_cell_index()];
  truth.task = std::move(task);
  publish(worker, truth, window);
}

void CellWriter::publish(WorkerSlot& worker, TaskInCell& truth, std::uint32_t window) {
  lane::HostLane& lane = *worker.lane;
  const Task& task = truth.task;
  Map& map = *task.map;
  lane::InputCell& cell = lane.next_cell();
  cell.function = map.function().number;
  cell.count = task.count;
  cell.input_capacity = task.capacity;
  cell.window = window;
  cell.first_index = task.index;
  cell.index_stride = map.request().index_stride;
  cell.input_bytes = task.bytes;
  if (map.request().timed || map.follows_median()) truth.task.sent = Clock::now();
  truth.task.counted = 0;
  truth.task.item_by_item = vectors_.are_item_by_item(task);
  cell.flags = task.item_by_item ? std::uint8_t{lane::kItemByItem} : std::uint8_t{0};
  if (map.request().timed) cell.flags |= lane::kTimed;
  cell.limit =
      map.time_limit ? static_cast<std::uint8_t>(map.time_limit->number()) : std::uint8_t{0};
  const types::ColumnLayout& results = map.result_layout(task.count);
  const bool results_inside =
      !map.in_arena() && results.head_bytes <= lane::kResultPayloadBytes && !results.has_variable();
  cell.results = results_inside ? lane::Place::cell : lane::Place::window;
  if (map.request().text) {
    const types::TextRules& rules = *map.request().text;
    cell.text = {rules.delimiter, rules.terminator, rules.raw, form_of(map.request().text_results)};
  } else {
    cell.text = {};
  }
  if (map.in_arena()) {
    cell.inputs = lane::Place::arena;
    const types::Signature& signature = map.function().signature;
    std::array<std::uint64_t, 2 * FORKMAP_MAX_COLUMNS> offsets{};
    const std::size_t count = map.request().arena_columns.size();
    for (std::size_t column = 0; column < count; ++column) {
      const types::Type type = column < signature.arguments.size()
                                   ? signature.arguments[column]
                                   : signature.results[column - signature.arguments.size()];
      offsets[column] =
          map.request().arena_columns[column] + task.first * types::element_bytes(type);
    }
    const std::size_t bytes = count * sizeof(std::uint64_t);
    std::memcpy(bytes <= lane::kInputPayloadBytes ? cell.payload : lane.view().input_window(window),
                offsets.data(), bytes);
  } else if (task.in_payload) {
    cell.inputs = lane::Place::cell;
    std::memcpy(cell.payload, task.payload.data(), map.singles().inputs.head_bytes);
  } else {
    cell.inputs = lane::Place::window;
    lane.note_fill(window, map.input_layout(task.capacity).bytes_offset_bytes + task.bytes, 0);
  }
  truth.window = window;
  truth.discard = false;
  truth.turn = lane.push(lane.next_cell_index());
  worker.life.fresh = false;
  worker.life.wake_due = true;
  worker.life.items_given += task.count;
  if (quota_left(worker) == 0) {
    // It leaves when it has run what it holds, and is replaced.
    worker.become(WorkerPhase::retiring);
    lane.ask_retire();
  }
}

std::uint64_t CellWriter::quota_left(const WorkerSlot& worker) const noexcept {
  if (settings_.options().recycle_after_items == 0) return lane::kIdle - 1;
  return settings_.options().recycle_after_items -
         std::min(settings_.options().recycle_after_items, worker.life.items_given);
}

}  // namespace forkmap::pool
