// SPDX-License-Identifier: Apache-2.0
#include "core/pool/cell_tasks.hpp"

#include <array>
#include <new>
#include <utility>

#include "core/base/check.hpp"
#include "core/map/map.hpp"
#include "core/types/row_copy.hpp"

namespace forkmap::pool {

namespace {
// Padding in front of the first row where it is copied to a place of another alignment.
constexpr std::uint64_t kMostPaddingBytes = 8;
}  // namespace

Task part_of(const Task& task, std::uint32_t first, std::uint32_t count) {
  Task part = task;
  part.first = task.first + first;
  part.index = index_of(task, first);
  part.row = task.capacity == 0 ? 0 : task.row + first;
  part.count = count;
  part.attempts = 0;
  part.wants_fresh = false;
  part.accounted_bytes = 0;
  return part;
}

void hold_window(WorkerSlot& worker, TaskInCell& cell, const Owner& owner) {
  if (cell.window == lane::kNoWindow) return;
  if (cell.task.in_payload || cell.task.capacity == 0) {
    worker.lane->return_window(cell.window);
  } else {
    cell.task.window = std::make_shared<HeldWindow>(worker.lane, cell.window, owner);
  }
  cell.window = lane::kNoWindow;
}

Task take_unstarted(WorkerSlot& worker, std::uint32_t cell_index, const Owner& owner) {
  TaskInCell& cell = worker.cells[cell_index];
  hold_window(worker, cell, owner);
  Task task = std::exchange(cell.task, Task{});
  worker.life.items_given -= task.count;
  if (task.attempts > 0) {  // it has not begun; it is to be the first of some worker's still
    task.wants_fresh = true;
    task.home = worker.id.slot;
  }
  return task;
}

void keep_rows(Task& task) {
  const types::ColumnLayout from = task.map->input_layout(task.capacity);
  const types::RowSpan rows{&from, task.window->inputs(), task.row, task.count};
  const types::ColumnLayout layout = task.map->input_layout(task.count);
  const std::uint64_t room = types::row_bytes(rows) + kMostPaddingBytes;
  auto* const memory = new (std::nothrow) std::byte[layout.bytes_offset_bytes + room];
  if (memory == nullptr) return;
  task.copy = std::shared_ptr<const std::byte[]>(memory);
  const auto fill = types::copy_rows(rows, layout, memory, room);
  FORKMAP_CHECK(fill);
  task.window.reset();
  task.row = 0;
  task.capacity = task.count;
  task.bytes = *fill;
}

Returned returned_from(Task&& task) {
  Returned returned;
  if (task.window) keep_rows(task);
  if (task.window) {
    // Without memory for a copy they stay where they are, which keeps their lane.
    const std::byte* const inputs = task.window->inputs();
    returned.rows = std::shared_ptr<const std::byte[]>(std::move(task.window), inputs);
  } else if (task.in_payload) {
    auto copy = std::make_shared<std::array<std::byte, lane::kInputPayloadBytes>>(task.payload);
    const std::byte* const bytes = copy->data();
    returned.rows = std::shared_ptr<const std::byte[]>(std::move(copy), bytes);
  } else {
    returned.rows = std::move(task.copy);
  }
  returned.one_by_one = task.one_by_one;
  returned.row = task.row;
  returned.capacity = task.capacity;
  returned.bytes = task.bytes;
  static_cast<Portion&>(returned) = std::move(task);
  return returned;
}

Task task_from(Returned&& returned) {
  Task task;
  task.one_by_one = returned.one_by_one;
  task.row = returned.row;
  task.capacity = returned.capacity;
  task.copy = std::move(returned.rows);
  task.bytes = returned.bytes;
  static_cast<Portion&>(task) = std::move(returned);
  task.wants_fresh = task.attempts > 0;
  return task;
}

}  // namespace forkmap::pool
