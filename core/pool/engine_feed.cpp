// SPDX-License-Identifier: Apache-2.0
//
// Items from sources into cells; tasks dealt, taken back and moved.
#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/check.hpp"
#include "core/pool/engine_core.hpp"
#include "core/types/row_copy.hpp"

namespace forkmap::pool {

namespace {

using ResultColumns = std::array<forkmap_result_column, FORKMAP_MAX_COLUMNS>;

// Batches that are ready to be read before a map stops being fed: the reader is the slow one then.
constexpr std::size_t kReadyBatchesPerWorker = 64;
// Batches and items behind a slow item before a map stops being fed (LANE.md, reorder buffer).
constexpr std::size_t kWaitingBatches = 65536;
constexpr std::uint64_t kUnreadItems = std::uint64_t{4} << 20U;

bool fits_payload(const types::ColumnLayout& layout) {
  return !layout.has_variable() && layout.bytes_offset_bytes <= lane::kInputPayloadBytes;
}

InputBlock block_at(const types::ColumnLayout& layout, std::byte* base, ResultColumns& columns,
                    std::uint64_t stretch_bytes) {
  types::result_columns(layout, base, columns.data());
  InputBlock block;
  block.columns = columns.data();
  block.column_count = layout.column_count;
  block.bytes = reinterpret_cast<unsigned char*>(base + layout.bytes_offset_bytes);
  block.bytes_capacity = layout.has_variable() ? stretch_bytes - layout.bytes_offset_bytes : 0;
  block.bytes_aim = std::min(block.bytes_capacity, kPayloadAimBytes);
  block.capacity_items = layout.capacity_items;
  return block;
}

}  // namespace

bool EngineCore::runs_once(const Map& map) const noexcept {
  return options_.once || map.request().options.once || map.function().once;
}

int EngineCore::retries_of(const Map& map) const noexcept {
  return map.request().options.retries.value_or(options_.retries);
}

std::size_t EngineCore::chunk_for(Map& map) const {
  // The result of an item that must not run twice has to fit: it gets an empty window.
  if (runs_once(map) && map.result_layout(1).has_variable()) return 1;
  std::uint64_t chunk = map.request().options.chunk;
  if (chunk == 0) {
    ChunkQuestion question;
    question.cost = map.cost;
    question.last_chunk_items = map.last_chunk_items;
    question.remaining_items = map.remaining();
    question.workers = target_workers_;
    question.in_arena = map.in_arena();
    chunk = next_chunk_items(question);
  }
  if (options_.recycle_after_items > 0) {
    chunk = std::min<std::uint64_t>(chunk, options_.recycle_after_items);
  }
  if (map.in_arena()) return std::min<std::uint64_t>(chunk, lane::kIdle - 1);
  // Input and result columns, the place of an error and some room for bytes must fit a window.
  const std::uint64_t room = shape_.window_bytes / 2;
  while (chunk > 1 && (map.input_layout(chunk).bytes_offset_bytes > room ||
                       map.result_layout(chunk).bytes_offset_bytes > room)) {
    chunk /= 2;
  }
  return chunk;
}

bool EngineCore::may_feed(const Map& map) const {
  if (map.source_ended || map.filling || map.cancelled) return false;
  const bool empty = map.in_flight_items == 0 && map.unread_items() == 0;
  if (empty) return true;  // whatever others hold, one task of each map is let in
  if (in_flight_bytes_ + unread_bytes_ >= limit_bytes_) return false;
  return map.ready_batches() < kReadyBatchesPerWorker * static_cast<std::size_t>(target_workers_) &&
         map.unread_batches() < kWaitingBatches && map.unread_items() < kUnreadItems;
}

// Fills the lanes. Each round gives every lane that has room one task, so that all have work before
// one has much.
bool EngineCore::feed() {
  if (broken() || closed_ || !serving_ || serving_->phase != CrewPhase::serving) return false;
  bool any = false;
  for (const auto& map : maps_) map->source_paused = false;
  // User code may resize or renew the pool while a source is asked, so nothing is remembered across.
  bool given = true;
  while (given) {
    given = false;
    const std::shared_ptr<Crew> crew = serving_;
    const std::size_t count = crew->workers.size();
    for (std::size_t turn = 0; turn < count; ++turn) {
      if (serving_ != crew) break;
      Worker& worker = crew->workers[(next_worker_ + turn) % count];
      if (worker.phase != WorkerPhase::serving || worker.lane->full()) continue;
      given = give_one(worker) || given;
      if (broken() || closed_) return true;
    }
    if (!serving_ || serving_->workers.empty()) break;
    next_worker_ = (next_worker_ + 1) % serving_->workers.size();
    any = any || given;
  }
  if (serving_) {
    for (Worker& worker : serving_->workers) {
      if (worker.wake_due) {
        worker.wake_due = false;
        if (worker.lane) worker.lane->wake_worker();
      }
    }
  }
  return rebalance() || any;
}

bool EngineCore::give_one(Worker& worker) {
  if (give_pending(worker)) return true;
  // Maps take turns: the one that was served goes to the back.
  for (std::size_t tries = maps_.size(); tries > 0; --tries) {
    const std::shared_ptr<Map> map = maps_.front();
    maps_.splice(maps_.end(), maps_, maps_.begin());
    if (!may_feed(*map) || map->source_paused) continue;
    const std::uint64_t chunk = chunk_for(*map);
    if (worker.lane->outstanding() >= lane_depth_tasks(map->cost, chunk, shape_.cells)) continue;
    if (map->in_arena() ? give_arena(map, worker) : give_from(map, worker)) return true;
    if (worker.phase != WorkerPhase::serving || worker.lane->full()) return false;
  }
  return false;
}

// Pending tasks go first, the oldest first; they are let in whatever the bounds say.
bool EngineCore::give_pending(Worker& worker) {
  if (pending_.empty()) return false;
  const auto is_for = [&](const Task& task) { return !task.wants_fresh || worker.fresh; };
  auto place = std::ranges::find_if(pending_, is_for);
  if (place == pending_.end()) {
    // The fresh worker that the first one waits for may never come (its slot was taken away).
    const bool one_comes = std::ranges::any_of(serving_->workers, [](const Worker& w) {
      return w.phase == WorkerPhase::absent || w.phase == WorkerPhase::spawning ||
             w.phase == WorkerPhase::starting || w.phase == WorkerPhase::condemned ||
             (w.phase == WorkerPhase::serving && w.fresh);
    });
    if (one_comes) return false;
    place = pending_.begin();
  }
  if (worker.lane->outstanding() >=
      lane_depth_tasks(place->map->cost, place->count, shape_.cells)) {
    return false;
  }
  Task task = std::move(*place);
  pending_.erase(place);
  if (task.map->cancelled) {
    drop_task(task);
    return true;
  }
  const std::uint32_t window = worker.lane->take_window();
  if (window == lane::kNoWindow) {
    pending_.push_front(std::move(task));
    return false;
  }
  task.wants_fresh = false;
  if (task.capacity == 0 || (task.in_payload && task.row == 0)) {
    push(worker, std::move(task), window);
    return true;
  }
  // Copied by value: asking for the second layout forgets the first.
  const types::ColumnLayout from = task.map->input_layout(task.capacity);
  const std::byte* const base = task.in_payload ? task.payload.data() : task.window->inputs();
  std::byte* const to = worker.lane->view().input_window(window);
  std::uint32_t count = task.count;
  std::optional<std::uint64_t> fill;
  for (;; count /= 2) {
    // Where an array's padding depends on its place, rows that filled a window may not fit another.
    const types::ColumnLayout layout = task.map->input_layout(count);
    fill = types::copy_rows({&from, base, task.row, count}, layout, to,
                            shape_.window_bytes - layout.bytes_offset_bytes);
    if (fill || count == 1) break;
  }
  FORKMAP_CHECK(fill);  // one row is copied to where it came from: the front of a window
  if (count < task.count) {
    Task rest = sub_task(task, count, task.count - count);
    pending_.push_front(std::move(rest));
    task.count = count;
  }
  task.window.reset();
  task.in_payload = false;
  task.row = 0;
  task.capacity = count;
  task.bytes = *fill;
  push(worker, std::move(task), window);
  return true;
}

// Asks the map's source for one chunk. False: nothing was given.
bool EngineCore::give_from(const std::shared_ptr<Map>& map, Worker& worker) {
  const std::size_t limit = chunk_for(*map);
  const std::shared_ptr<lane::HostLane> target = worker.lane;
  const std::uint32_t window = target->take_window();
  if (window == lane::kNoWindow) return false;

  Task task;
  task.map = map;
  task.in_payload = limit == 1 && fits_payload(map->input_layout(1));
  std::byte* const base =
      task.in_payload ? task.payload.data() : target->view().input_window(window);
  ResultColumns columns{};
  InputBlock block = block_at(map->input_layout(limit), base, columns, shape_.window_bytes);
  ItemSource::Fill fill = ItemSource::Fill::end;
  map->filling = true;
  try {
    fill = map->source()->fill(block, limit);
  } catch (...) {
    map->source_error = std::current_exception();
    // The rows before the one that could not be had stand.
  }
  map->filling = false;
  FORKMAP_CHECK(block.count <= limit);

  // User code ran: the worker may have died, the map may have been cancelled, the pool closed.
  const std::uint64_t first = map->fed;
  map->fed += block.count;
  if (fill == ItemSource::Fill::more && block.count == 0) fill = ItemSource::Fill::pause;
  if (fill == ItemSource::Fill::full && block.count == 0) {
    const std::uint64_t size = map->source()->skip_too_large();
    target->return_window(window);
    ++map->fed;
    map->in_flight_items += 1;
    deliver_error(map, first,
                  make_error(*map, first, ErrorKind::payload_too_large,
                             "the item has " + std::to_string(size) +
                                 " bytes and an empty window has " +
                                 std::to_string(block.bytes_capacity) + "; raise window_bytes"));
    map->in_flight_items -= 1;
    return true;
  }
  if (block.count == 0) target->return_window(window);
  if (block.count > 0) {
    task.first = first;
    task.count = static_cast<std::uint32_t>(block.count);
    task.capacity = static_cast<std::uint32_t>(limit);
    task.bytes = block.bytes_used;
    task.accounted_bytes =
        block.bytes_used + map->input_layout(limit).head_bytes * block.count / limit;
    in_flight_bytes_ += task.accounted_bytes;
    map->in_flight_items += block.count;
    map->last_chunk_items = block.count;
    if (map->cancelled) {
      target->return_window(window);
      drop_task(task);
    } else if (worker.lane == target && worker.phase == WorkerPhase::serving && !target->full()) {
      push(worker, std::move(task), window);
    } else {
      if (task.in_payload) {
        target->return_window(window);
      } else {
        task.window = std::make_shared<HeldWindow>(target, window);
      }
      pending_.push_back(std::move(task));
    }
  }
  note_end_of_source(*map, fill);
  return block.count > 0 || fill == ItemSource::Fill::failed;
}

void EngineCore::note_end_of_source(Map& map, ItemSource::Fill fill) {
  switch (fill) {
    case ItemSource::Fill::more:
    case ItemSource::Fill::full:
      return;
    case ItemSource::Fill::pause:
      map.source_paused = true;
      return;
    case ItemSource::Fill::end:
      map.source_ended = true;
      return;
    case ItemSource::Fill::failed: {
      const std::uint64_t position = map.fed++;
      ItemError error = map.source()->take_error();
      error.index = map.index_of(position);
      error.function = map.function().full_name;
      for (const auto& open : maps_) {
        if (open.get() == &map) {
          map.in_flight_items += 1;
          deliver_error(open, position, std::move(error));
          map.in_flight_items -= 1;
          return;
        }
      }
      return;
    }
  }
}

bool EngineCore::give_arena(const std::shared_ptr<Map>& map, Worker& worker) {
  const std::uint64_t left = map->request().arena_items - map->fed;
  if (left == 0) {
    map->source_ended = true;
    return false;
  }
  const std::uint32_t window = worker.lane->take_window();
  if (window == lane::kNoWindow) return false;
  Task task;
  task.map = map;
  task.first = map->fed;
  task.count = static_cast<std::uint32_t>(std::min<std::uint64_t>(chunk_for(*map), left));
  map->fed += task.count;
  map->source_ended = map->fed == map->request().arena_items;
  map->in_flight_items += task.count;
  map->last_chunk_items = task.count;
  push(worker, std::move(task), window);
  return true;
}

// Publishes a task whose rows are in its payload, in `window` of the worker's lane, or in the arena.
void EngineCore::push(Worker& worker, Task task, std::uint32_t window) {
  lane::HostLane& lane = *worker.lane;
  Map& map = *task.map;
  lane::InputCell& cell = lane.next_cell();
  cell.function = map.function().number;
  cell.count = task.count;
  cell.input_capacity = task.capacity;
  cell.window = window;
  cell.first_index = map.index_of(task.first);
  cell.index_stride = map.request().index_stride;
  cell.input_bytes = task.bytes;
  const types::ColumnLayout& results = map.result_layout(task.count);
  const bool results_inside =
      !map.in_arena() && results.head_bytes <= lane::kResultPayloadBytes && !results.has_variable();
  cell.results = results_inside ? lane::Place::cell : lane::Place::window;
  if (map.request().text) {
    const types::TextRules& rules = *map.request().text;
    cell.text = {rules.delimiter, rules.terminator, rules.raw, true};
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
    std::memcpy(cell.payload, task.payload.data(), task.payload.size());
  } else {
    cell.inputs = lane::Place::window;
    lane.note_fill(window, map.input_layout(task.capacity).bytes_offset_bytes + task.bytes, 0);
  }
  const auto index = lane.next_cell_index();
  TaskInCell& truth = worker.cells[index];
  truth.task = std::move(task);
  truth.window = window;
  truth.discard = false;
  truth.turn = lane.push(index);
  worker.fresh = false;
  worker.wake_due = true;
}

// A lane that ran dry is fed with unstarted tasks of the fullest.
bool EngineCore::rebalance() {
  if (!serving_ || serving_->workers.size() < 2 || !pending_.empty()) return false;
  bool any = false;
  for (Worker& dry : serving_->workers) {
    if (dry.phase != WorkerPhase::serving || dry.stopped || dry.lane->outstanding() != 0) continue;
    Worker* fullest = nullptr;
    std::uint32_t most = 0;
    for (Worker& other : serving_->workers) {
      if (other.phase != WorkerPhase::serving) continue;
      const std::uint32_t unstarted = other.lane->unstarted();
      if (unstarted > most) {
        most = unstarted;
        fullest = &other;
      }
    }
    if (fullest == nullptr) return any;
    const auto taken = fullest->lane->take_back_newest();
    if (!taken) continue;
    pending_.push_front(task_from_cell(*fullest, taken->cell));
    any = give_pending(dry) || any;
    if (dry.wake_due) {
      dry.wake_due = false;
      dry.lane->wake_worker();
    }
  }
  return any;
}

// The task of a cell that was taken back, with its rows kept.
Task EngineCore::task_from_cell(Worker& worker, std::uint32_t cell_index) {
  TaskInCell& cell = worker.cells[cell_index];
  hold_window(worker, cell);
  Task task = std::move(cell.task);
  cell.task = Task{};
  return task;
}

// Moves the ownership of a cell's window to its task, or gives it back if no row lies in it.
void EngineCore::hold_window(Worker& worker, TaskInCell& cell) {
  if (cell.window == lane::kNoWindow) return;
  if (cell.task.in_payload || cell.task.capacity == 0) {
    worker.lane->return_window(cell.window);
  } else {
    cell.task.window = std::make_shared<HeldWindow>(worker.lane, cell.window);
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
