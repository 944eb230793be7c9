// SPDX-License-Identifier: Apache-2.0
#include "core/pool/result_run.hpp"

#include <cstring>
#include <utility>

namespace forkmap::pool {

bool ResultRun::gather(WorkerSlot& worker, TaskInCell& cell, const lane::Completion& completion) {
  const Map& map = *cell.task.map;
  if (cell.task.count != 1 || completion.completed != 1 || completion.flags != 0) return false;
  if (!map.gathers() || map.cancelled) return false;
  const std::byte* const payload = worker.lane->view().result_cell(completion.cell).payload;
  const types::ColumnLayout& single = map.singles().results;
  // Read once: the worker may write it at any time.
  const unsigned char status =
      *reinterpret_cast<const volatile unsigned char*>(payload + single.status_offset_bytes);
  if (status != FORKMAP_STATUS_VALUE) return false;

  const bool continues = map_.get() == &map && batch_.count < kStripItems &&
                         batch_.first + batch_.count == cell.task.first;
  if (!continues) begin(worker, cell.task);
  const types::ColumnLayout& layout = map.singles().strip;
  std::byte* const base = batch_.memory.get();
  base[layout.status_offset_bytes + batch_.count] = std::byte{FORKMAP_STATUS_VALUE};
  for (std::uint32_t column = 0; column < layout.column_count; ++column) {
    const std::uint32_t size = types::element_bytes(layout.types[column]);
    std::byte* const to = base + layout.offsets_bytes[column] + std::size_t{batch_.count} * size;
    const std::byte* const from = payload + single.offsets_bytes[column];
    // Most are words; a call would cost as much as all else that is done for them here.
    if (size == sizeof(std::uint64_t)) {
      std::memcpy(to, from, sizeof(std::uint64_t));
    } else {
      std::memcpy(to, from, size);
    }
  }
  ++batch_.count;
  time_ns_ += completion.run_time_ns;

  ledger_.end(cell.task);
  cell.task.map.reset();
  worker.lane->release_oldest();
  worker.lane->return_window(cell.window);
  cell.window = lane::kNoWindow;
  ++worker.life.items_done;
  ++worker.tasks_done;
  return true;
}

void ResultRun::begin(const WorkerSlot& worker, const Task& task) {
  deliver();
  const types::ColumnLayout& layout = task.map->singles().strip;
  ledger_.memory().give(batch_, layout.head_bytes);
  std::byte* const base = batch_.memory.get();
  batch_.first = task.first;
  batch_.worker = worker.number();
  batch_.pid = worker.life.pid;
  batch_.status = reinterpret_cast<const unsigned char*>(base + layout.status_offset_bytes);
  batch_.columns.resize(layout.column_count);
  types::readable_columns(layout, base, batch_.columns.data());
  map_ = task.map;
}

void ResultRun::deliver() {
  if (!map_) return;
  const std::shared_ptr<Map> map = std::exchange(map_, nullptr);
  const SingleItemLayouts& singles = map->singles();
  ledger_.note_finished(*map, 0, batch_.count, time_ns_);
  ledger_.note_cost(*map, batch_.count, time_ns_,
                    batch_.count * (singles.inputs.head_bytes + singles.results.head_bytes));
  time_ns_ = 0;
  ledger_.deliver(*map, std::exchange(batch_, ResultBatch{}));
}

}  // namespace forkmap::pool
