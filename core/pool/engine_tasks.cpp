// SPDX-License-Identifier: Apache-2.0
//
// Tasks into cells, back out of them, and from one lane to another.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "core/base/check.hpp"
#include "core/pool/engine_core.hpp"

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

namespace {
// Less unstarted work than this is done before another worker would have woken up for it.
constexpr double kWorthTakingNs = 20'000;
}  // namespace

// Publishes a task whose rows are in its payload, in `window` of the worker's lane, or in the
// arena.
void EngineCore::push(Worker& worker, Task task, std::uint32_t window) {
  TaskInCell& truth = worker.cells[worker.lane->next_cell_index()];
  truth.task = std::move(task);
  publish(worker, truth, window);
}

void EngineCore::publish(Worker& worker, TaskInCell& truth, std::uint32_t window) {
  lane::HostLane& lane = *worker.lane;
  const Task& task = truth.task;
  Map& map = *task.map;
  lane::InputCell& cell = lane.next_cell();
  cell.function = map.function().number;
  cell.count = task.count;
  cell.input_capacity = task.capacity;
  cell.window = window;
  cell.first_index = map.index_of(task.first);
  cell.index_stride = map.request().index_stride;
  cell.input_bytes = task.bytes;
  if (map.request().timed || map.follows_median()) truth.task.sent = Clock::now();
  truth.task.counted = 0;
  truth.task.item_by_item = runs_item_by_item(task);
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
  worker.fresh = false;
  worker.wake_due = true;
  worker.items_given += task.count;
  if (quota_left(worker) == 0) {
    // It leaves when it has run what it holds, and is replaced.
    worker.phase = WorkerPhase::retiring;
    lane.ask_retire();
  }
}

void EngineCore::wake(Worker& worker) {
  if (std::exchange(worker.wake_due, false) && worker.lane) worker.lane->wake_worker();
}

// A lane that ran dry is fed with unstarted tasks of the fullest. There are two workers or more.
bool EngineCore::rebalance(Look look) {
  bool any = false;
  for (Worker& dry : serving_->workers) {
    if (dry.phase != WorkerPhase::serving || dry.stopped || dry.lane->outstanding() != 0) continue;
    if (give_pending(dry, Whose::anybodys)) {
      any = true;
      wake(dry);
      continue;
    }
    Worker* fullest = nullptr;
    std::uint32_t most = 0;
    for (Worker& other : serving_->workers) {
      if (other.phase != WorkerPhase::serving || runs_retry(other)) continue;
      const std::uint32_t unstarted = other.lane->unstarted();
      if (unstarted > most) {
        most = unstarted;
        fullest = &other;
      }
    }
    if (fullest == nullptr) return any;
    const Task& newest = fullest->cells[fullest->lane->newest_cell_index()].task;
    // Before the host sleeps it takes all the same: a slow item may stand before them.
    if (look == Look::glance && newest.map && newest.map->cost.time_ns > 0 &&
        newest.map->cost.time_ns * newest.count * most < kWorthTakingNs) {
      return any;
    }
    const auto taken = fullest->lane->take_back_newest();
    if (!taken) continue;
    pending_.push_front(task_from_cell(*fullest, taken->cell));
    any = give_pending(dry) || any;
    wake(dry);
  }
  return any;
}

// The task of a cell that was taken back, with its rows kept.
Task EngineCore::task_from_cell(Worker& worker, std::uint32_t cell_index) {
  TaskInCell& cell = worker.cells[cell_index];
  hold_window(worker, cell);
  Task task = std::move(cell.task);
  cell.task = Task{};
  worker.items_given -= task.count;
  if (task.attempts > 0) {  // it has not begun; it is to be the first of some worker's still
    task.wants_fresh = true;
    task.home = worker.id.slot;
    retries_wait_ = true;
  }
  return task;
}

// Moves the ownership of a cell's window to its task, or gives it back if no row lies in it.
void EngineCore::hold_window(Worker& worker, TaskInCell& cell) {
  if (cell.window == lane::kNoWindow) return;
  if (cell.task.in_payload || cell.task.capacity == 0) {
    worker.lane->return_window(cell.window);
  } else {
    cell.task.window = std::make_shared<HeldWindow>(worker.lane, cell.window, owner_);
  }
  cell.window = lane::kNoWindow;
}

// Unstarted tasks of a worker go to the front of the pending ones, in their order.
void EngineCore::take_back_all(Worker& worker) {
  while (worker.lane) {
    const auto taken = worker.lane->take_back_newest();
    if (!taken) return;
    pending_.push_front(task_from_cell(worker, taken->cell));
  }
}

// Part of a task whose window (if it has rows in one) is held. The bytes stay accounted once: the
// caller's task keeps them.
Task EngineCore::sub_task(const Task& task, std::uint32_t first, std::uint32_t count) const {
  Task part = task;
  part.first = task.first + first;
  part.row = task.capacity == 0 ? 0 : task.row + first;
  part.count = count;
  part.attempts = 0;
  part.wants_fresh = false;
  part.accounted_bytes = 0;
  return part;
}

}  // namespace forkmap::pool
