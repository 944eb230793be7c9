// SPDX-License-Identifier: Apache-2.0
#include "core/pool/feeder.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "core/base/check.hpp"

namespace forkmap::pool {

namespace {

constexpr std::uint32_t kRunItems = 32;
// With longer items each lane is given one at a time, so that none waits behind a neighbour's.
constexpr double kLongestRunItemNs = 2'000;

// Heads are whole words, and mostly one or two: a loop is faster than a call.
void copy_head(std::byte* to, const std::byte* from, std::uint64_t bytes) noexcept {
  for (std::uint64_t at = 0; at < bytes; at += sizeof(std::uint64_t)) {
    std::memcpy(to + at, from + at, sizeof(std::uint64_t));
  }
}

}  // namespace

// Asks the map's source for one chunk. False: nothing was given.
bool Feeder::give_from(const std::shared_ptr<Map>& map, WorkerSlot& worker, std::uint64_t chunk) {
  const std::shared_ptr<lane::HostLane> target = worker.lane;
  const std::uint32_t window = target->take_window();
  if (window == lane::kNoWindow) return false;
  InputColumns columns;
  InputBlock block = block_at(map->input_layout(chunk), target->view().input_window(window),
                              settings_.shape().window_bytes, columns);
  const ItemSource::Fill fill = Ledger::ask(*map, block, chunk);
  Task task;
  task.map = map;
  task.capacity = static_cast<std::uint32_t>(chunk);
  return settle_fill(worker, target, window, std::move(task), block, fill);
}

// Turns the filled rows into a task and acts on `fill`. User code ran: the worker may have died,
// the map may have been cancelled, the pool closed.
bool Feeder::settle_fill(WorkerSlot& worker, const std::shared_ptr<lane::HostLane>& target,
                         std::uint32_t window, Task task, const InputBlock& block,
                         ItemSource::Fill fill) {
  const std::shared_ptr<Map> map = task.map;
  if (fill == ItemSource::Fill::full && block.count == 0) {
    const std::uint64_t size = map->source()->skip_too_large();
    target->return_window(window);
    ItemError error;
    error.kind = ErrorKind::payload_too_large;
    error.message = "the item has " + std::to_string(size) + " bytes and an empty window has " +
                    std::to_string(block.bytes_capacity) + "; raise window_bytes";
    ledger_.refuse_next(*map, block.index, std::move(error));
    return true;
  }
  if (block.count == 0) target->return_window(window);
  if (block.count > 0) {
    task.bytes = block.bytes_used;
    ledger_.take(task, static_cast<std::uint32_t>(block.count),
                 block.bytes_used +
                     map->input_layout(task.capacity).head_bytes * block.count / task.capacity,
                 block.index);
    if (ledger_.settle_unwanted(task)) {  // its source has cancelled it, or ended the pool
      target->return_window(window);
    } else if (worker.lane == target && worker.serves() && !target->full()) {
      writer_.push(worker, std::move(task), window);
    } else {
      if (task.in_payload) {
        target->return_window(window);
      } else {
        task.window = std::make_shared<HeldWindow>(target, window, owner_);
      }
      if (crews_.is_over()) {  // its source has ended this site
        ledger_.give_back(returned_from(std::move(task)));
      } else {
        backlog_.put_back(std::move(task));
      }
    }
  }
  ledger_.note_answer(*map, block, fill);
  return block.count > 0 || fill == ItemSource::Fill::failed;
}

bool Feeder::give_arena(const std::shared_ptr<Map>& map, WorkerSlot& worker, std::uint64_t chunk) {
  const std::uint32_t window = worker.lane->take_window();
  if (window == lane::kNoWindow) return false;
  Task task;
  task.map = map;
  ledger_.take_in_arena(task, chunk);
  writer_.push(worker, std::move(task), window);
  return true;
}

// Asks the map's source for single items, until the lane is as deep as it should be. False: nothing
// was given.
bool Feeder::give_singles(const std::shared_ptr<Map>& map, WorkerSlot& worker,
                          std::uint32_t depth) {
  const types::ColumnLayout& layout = map->singles().inputs;
  const std::shared_ptr<lane::HostLane> target = worker.lane;
  alignas(8) std::array<std::byte, lane::kInputPayloadBytes> payload;
  std::array<forkmap_result_column, FORKMAP_MAX_COLUMNS> columns;
  types::result_columns(layout, payload.data(), columns.data());
  const bool in_run = map->cost.time_ns > 0 && map->cost.time_ns <= kLongestRunItemNs;
  // Small refills would wake a sleeping worker for each few items.
  if (in_run && target->outstanding() > depth / 2) return false;
  const std::uint32_t most = in_run ? kRunItems : 1;
  InputBlock block;
  for (std::uint32_t given = 0; given < most; ++given) {
    const std::uint32_t window = target->take_window();
    if (window == lane::kNoWindow) return given > 0;
    // Word by word: of a whole block that is made anew the source would read the count out of a
    // store that may lie across two cache lines, and wait for it.
    block.columns = columns.data();
    block.column_count = layout.column_count;
    block.bytes_used = 0;
    block.count = 0;
    block.capacity_items = 1;
    const ItemSource::Fill fill = Ledger::ask(*map, block, 1);
    const bool is_plain = block.count == 1 &&
                          (fill == ItemSource::Fill::more || fill == ItemSource::Fill::end) &&
                          !map->cancelled && !crews_.has_failed() && worker.lane == target &&
                          worker.serves() && !target->full();
    if (!is_plain) {
      Task task;
      task.map = map;
      task.capacity = 1;
      task.in_payload = true;
      copy_head(task.payload.data(), payload.data(), layout.head_bytes);
      return settle_fill(worker, target, window, std::move(task), block, fill) || given > 0;
    }
    push_single(worker, map, block.index, payload.data(), window);
    if (fill == ItemSource::Fill::end) {
      ledger_.maps().end_source(*map);
      return true;
    }
    const bool goes_on =
        worker.serves() && target->outstanding() < depth && !target->full() && !crews_.is_over();
    if (!goes_on || !ledger_.may_feed(*map)) return true;
  }
  return true;
}

void Feeder::push_single(WorkerSlot& worker, const std::shared_ptr<Map>& map, std::uint64_t index,
                         const std::byte* payload, std::uint32_t window) {
  const std::uint64_t bytes = map->singles().inputs.head_bytes;
  TaskInCell& truth = worker.cells[worker.lane->next_cell_index()];
  truth.task.map = map;
  truth.task.attempts = 0;
  truth.task.item_by_item = false;
  truth.task.row = 0;
  truth.task.capacity = 1;
  truth.task.in_payload = true;
  truth.task.bytes = 0;
  ledger_.take(truth.task, 1, bytes, index);
  copy_head(truth.task.payload.data(), payload, bytes);
  writer_.publish(worker, truth, window);
}

}  // namespace forkmap::pool
