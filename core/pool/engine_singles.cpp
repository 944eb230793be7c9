// SPDX-License-Identifier: Apache-2.0
//
// Tasks of one small item. Item and result travel inside cells; no window is touched, and nothing
// is allocated. Results of consecutive items are gathered into one batch, a strip: so a lane is
// given a run of items before the next one.
#include <array>
#include <cstring>
#include <utility>

#include "core/pool/engine_core.hpp"

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

// Asks the map's source for single items, until the lane is as deep as it should be. False: nothing
// was given.
bool EngineCore::give_singles(const std::shared_ptr<Map>& map, Worker& worker,
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
  for (std::uint32_t given = 0; given < most; ++given) {
    const std::uint32_t window = target->take_window();
    if (window == lane::kNoWindow) return given > 0;
    InputBlock block;
    block.columns = columns.data();
    block.column_count = layout.column_count;
    block.capacity_items = 1;
    const ItemSource::Fill fill = ask_source(*map, block, 1);
    const bool is_plain = block.count == 1 &&
                          (fill == ItemSource::Fill::more || fill == ItemSource::Fill::end) &&
                          !map->cancelled && !broken() && worker.lane == target &&
                          worker.phase == WorkerPhase::serving && !target->full();
    if (!is_plain) {
      Task task;
      task.map = map;
      task.capacity = 1;
      task.in_payload = true;
      copy_head(task.payload.data(), payload.data(), layout.head_bytes);
      return settle_fill(worker, target, window, std::move(task), block, fill) || given > 0;
    }
    push_single(worker, map, payload.data(), window);
    if (fill == ItemSource::Fill::end) {
      ledger_.maps().end_source(*map);
      return true;
    }
    const bool goes_on = worker.phase == WorkerPhase::serving && target->outstanding() < depth &&
                         !target->full() && !broken() && !closed_;
    if (!goes_on || !ledger_.may_feed(*map)) return true;
  }
  return true;
}

void EngineCore::push_single(Worker& worker, const std::shared_ptr<Map>& map,
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
  ledger_.take(truth.task, 1, bytes);
  copy_head(truth.task.payload.data(), payload, bytes);
  publish(worker, truth, window);
}

// The result of a single item, if it is a small value: into the strip. False: it is to be collected
// as all others.
bool EngineCore::gather(Worker& worker, TaskInCell& cell, const lane::Completion& completion) {
  Map& map = *cell.task.map;
  if (cell.task.count != 1 || completion.completed != 1 || completion.flags != 0) return false;
  if (!map.gathers() || map.cancelled) return false;
  const std::byte* const payload = worker.lane->view().result_cell(completion.cell).payload;
  const types::ColumnLayout& single = map.singles().results;
  // Read once: the worker may write it at any time.
  const unsigned char status =
      *reinterpret_cast<const volatile unsigned char*>(payload + single.status_offset_bytes);
  if (status != FORKMAP_STATUS_VALUE) return false;

  const types::ColumnLayout& layout = map.singles().strip;
  const bool continues = strip_map_.get() == &map && strip_.count < kStripItems &&
                         strip_.first + strip_.count == cell.task.first;
  if (!continues) {
    deliver_strip();
    ledger_.memory().give(strip_, layout.head_bytes);
    std::byte* const base = strip_.memory.get();
    strip_.first = cell.task.first;
    strip_.worker = static_cast<int>(worker.id.slot);
    strip_.pid = worker.pid;
    strip_.status = reinterpret_cast<const unsigned char*>(base + layout.status_offset_bytes);
    strip_.columns.resize(layout.column_count);
    types::readable_columns(layout, base, strip_.columns.data());
    strip_map_ = cell.task.map;
  }
  std::byte* const base = strip_.memory.get();
  base[layout.status_offset_bytes + strip_.count] = std::byte{FORKMAP_STATUS_VALUE};
  for (std::uint32_t column = 0; column < layout.column_count; ++column) {
    const std::uint32_t size = types::element_bytes(layout.types[column]);
    std::memcpy(base + layout.offsets_bytes[column] + std::size_t{strip_.count} * size,
                payload + single.offsets_bytes[column], size);
  }
  ++strip_.count;
  strip_time_ns_ += completion.run_time_ns;

  ledger_.end(cell.task);
  cell.task.map.reset();
  worker.lane->release_oldest();
  worker.lane->return_window(cell.window);
  cell.window = lane::kNoWindow;
  ++worker.items_done;
  ++worker.tasks_done;
  ++tasks_settled_;
  return true;
}

void EngineCore::deliver_strip() {
  if (!strip_map_) return;
  const std::shared_ptr<Map> map = std::move(strip_map_);
  strip_map_.reset();
  const SingleItemLayouts& singles = map->singles();
  ledger_.note_finished(*map, 0, strip_.count, strip_time_ns_);
  ledger_.note_cost(*map, strip_.count, strip_time_ns_,
                    strip_.count * (singles.inputs.head_bytes + singles.results.head_bytes));
  strip_time_ns_ = 0;
  ledger_.deliver(*map, std::move(strip_));
  strip_ = {};
}

}  // namespace forkmap::pool
