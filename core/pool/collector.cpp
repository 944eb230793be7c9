// SPDX-License-Identifier: Apache-2.0
#include "core/pool/collector.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/lane/task_codes.hpp"
#include "core/types/item_status.hpp"

namespace forkmap::pool {

namespace {

// A window that was filled further than it keeps gives its pages back after a task that used less
// than a quarter of them: sizes are not steady then.
constexpr std::uint64_t kSteadyShare = 4;

std::uint64_t kept_bytes(const Task& task, const lane::Completion& completion) {
  return std::max(lane::kKeptWindowBytes, (task.bytes + completion.bytes_used) * kSteadyShare);
}

void explain_refused_memory(const Settings& settings, ItemError& error) {
  const std::uint64_t memory = settings.options().memory;
  if (memory == 0 || error.message != "std::bad_alloc") return;
  error.message += ": a worker may ask for " + std::to_string(memory) +
                   " bytes beyond what it began with (memory)";
}

}  // namespace

// A worker runs its tasks one after the other, and the next one begins where the last one ended.
// What it has measured is believed as far as it can be true; after a death there is no measure.
void Collector::note_times(WorkerSlot& worker, const Task& task, ResultBatch& batch,
                           const lane::Completion* completion) {
  if (!task.map->request().timed && !task.map->follows_median()) return;
  const auto now = Clock::now();
  batch.begun = std::max(task.sent, worker.life.last_end);
  batch.ended = now;
  if (completion != nullptr) {
    const auto seen = static_cast<std::uint64_t>((now - batch.begun).count());
    batch.ended = batch.begun + std::chrono::nanoseconds(std::min(seen, completion->run_time_ns));
  }
  worker.life.last_end = batch.ended;
}

bool Collector::collect(WorkerSlot& worker, plugin::Generation generation) {
  any_ = false;
  const bool is_sound = collect_all(worker, generation);
  run_.deliver();
  return is_sound;
}

bool Collector::collect_all(WorkerSlot& worker, plugin::Generation generation) {
  lane::Completion completion;
  for (;;) {
    switch (worker.lane->look(completion)) {
      case lane::HostLane::State::nothing:
        return true;
      case lane::HostLane::State::corrupt:
        return false;
      case lane::HostLane::State::completion:
        break;
    }
    any_ = true;
    TaskInCell& cell = worker.cells[completion.cell];
    if (run_.gather(worker, cell, completion)) {
      ++tasks_settled_;
      continue;
    }
    run_.deliver();  // it may be of this map, and its items come before
    if (!take_results(worker, generation, cell, completion)) return false;
    worker.lane->release_oldest();
    if (cell.window != lane::kNoWindow) {
      worker.lane->return_window(cell.window);
      worker.lane->punch_window(cell.window, kept_bytes(cell.task, completion));
      cell.window = lane::kNoWindow;
    }
    ++worker.tasks_done;
    ++tasks_settled_;
    worker.life.stop_asked.reset();
  }
}

// The results of a DONE cell. False: it contradicts itself.
bool Collector::take_results(WorkerSlot& worker, plugin::Generation generation, TaskInCell& cell,
                             const lane::Completion& completion) {
  const std::shared_ptr<Map> map = cell.task.map;
  const std::uint32_t count = cell.task.count;
  if ((completion.flags & kStaleFunction) != 0) {
    hold_window(worker, cell, owner_);
    Task task = std::move(cell.task);
    cell.task = Task{};
    stale_.note({std::move(task), generation, worker.life.pid});
    return true;
  }
  left_state_.tell(map->function(), completion.flags);
  const bool partial = (completion.flags & (lane::kWindowFull | kRefusedFunction)) != 0;
  if (completion.completed != count && !partial) return false;
  if ((completion.flags & lane::kWindowFull) != 0 && completion.completed == 0) return false;
  if (!keep_results(worker, cell, completion.cell, completion.completed, &completion)) return false;

  ledger_.note_finished(*map, cell.task.counted, completion.completed, completion.run_time_ns);
  ledger_.note_cost(*map, completion.completed, completion.run_time_ns,
                    cell.task.accounted_bytes + completion.bytes_used + completion.text_bytes +
                        map->result_layout(count).head_bytes);
  const std::uint32_t left = count - completion.completed;
  if (left > 0 && !map->cancelled) {
    hold_window(worker, cell, owner_);
    Task rest = part_of(cell.task, completion.completed, left);
    if ((completion.flags & kRefusedFunction) != 0) {
      ledger_.fail(rest, ErrorKind::function_error, "the plugin's function record cannot be run");
    } else {
      backlog_.put_front(std::move(rest));
    }
  } else if (left > 0) {
    ledger_.deliver(*map,
                    ResultBatch{.first = cell.task.first + completion.completed, .count = left});
  }
  ledger_.end(cell.task);
  cell.task = Task{};
  return true;
}

// Delivers the first `complete` items of a cell. `completion` is null after a death: the sizes are
// then found from the columns, and there is no text. False: nothing is to be believed.
bool Collector::keep_results(WorkerSlot& worker, TaskInCell& cell, std::uint32_t cell_index,
                             std::uint32_t complete, const lane::Completion* completion) {
  const std::shared_ptr<Map>& map = cell.task.map;
  if (complete == 0) return true;
  const lane::LaneView& view = worker.lane->view();
  const lane::InputCell& input = view.input_cell(cell_index);
  const types::ColumnLayout& layout = map->result_layout(cell.task.count);
  ResultPlace place;
  place.layout = &layout;
  place.window = view.result_window(cell.window);
  place.head =
      input.results == lane::Place::cell ? view.result_cell(cell_index).payload : place.window;
  place.window_bytes = settings_.shape().window_bytes;
  place.in_arena = map->in_arena();
  const bool is_printed =
      map->request().text && map->request().text_results != TextResults::columns;
  place.has_text_ends = map->request().text_results == TextResults::lines;
  std::optional<std::uint64_t> bytes_used;
  std::uint64_t text_bytes = 0;
  if (completion != nullptr) {
    bytes_used = completion->bytes_used;
    place.all_values =
        place.in_arena && complete == cell.task.count && (completion->flags & kAllValues) != 0;
    if (is_printed && (completion->flags & lane::kHasText) != 0 && complete == cell.task.count) {
      text_bytes = completion->text_bytes;
    }
  }
  // A lane keeps half of its windows free, for tasks that others wait for.
  place.may_hold = completion != nullptr && complete == cell.task.count &&
                   map->request().may_hold_windows &&
                   worker.lane->free_windows() > settings_.shape().cells / 2 &&
                   spent_lanes_.count() < static_cast<std::size_t>(ledger_.workers());
  ResultBatch batch;
  std::vector<RawError> raw;
  if (!read_results(place, complete, bytes_used, text_bytes, ledger_.memory(), batch, raw))
    return false;
  // In the arena only the status lies in the window, and texts of errors.
  const bool is_status_only = place.in_arena && raw.empty();
  const std::uint64_t fill_bytes =
      is_status_only ? complete : layout.bytes_offset_bytes + bytes_used.value_or(0) + text_bytes;
  worker.lane->note_fill(cell.window, 0, fill_bytes);
  if (fill_bytes + cell.task.bytes > lane::kKeptWindowBytes) any_large_window_ = true;
  if (completion != nullptr && batch.held_bytes > 0) {
    batch.held = std::make_shared<const HeldWindow>(worker.lane, cell.window, owner_,
                                                    kept_bytes(cell.task, *completion));
    cell.window = lane::kNoWindow;
  }
  batch.first = cell.task.first;
  batch.worker = worker.number();
  batch.pid = worker.life.pid;
  for (RawError& found : raw) {
    ItemError error = Ledger::make_error(
        cell.task, found.item, types::kind_of_failure(found.status), std::move(found.text));
    error.pid = worker.life.pid;
    error.attempt = cell.task.attempts + 1;
    explain_refused_memory(settings_, error);
    if (found.status == types::kUnparsed && error.message.size() >= sizeof(std::uint32_t)) {
      std::uint32_t column = 0;
      std::memcpy(&column, error.message.data(), sizeof column);
      error.column = column;
      error.message.erase(0, sizeof column);
    }
    batch.errors.push_back(std::move(error));
  }
  pipes_.tell_printed(worker, cell.turn, raw, batch.errors);
  worker.life.items_done += complete;
  note_times(worker, cell.task, batch, completion);
  if (events_.are_watched()) tell_ran(worker, cell.task, batch, completion != nullptr);
  ledger_.deliver(*map, std::move(batch));
  return true;
}

void Collector::tell_ran(const WorkerSlot& worker, const Task& task, const ResultBatch& batch,
                         bool is_measured) const {
  const Map& map = *task.map;
  events_.tell(TaskRan{.worker = {worker.number(), worker.life.pid},
                       .function = &map.function(),
                       .first_index = index_of(task),
                       .index_stride = map.request().index_stride,
                       .items = batch.count,
                       .failed = static_cast<std::uint32_t>(batch.errors.size()),
                       .begun = batch.begun,
                       .ended = batch.ended,
                       .is_measured = is_measured,
                       .items_open = map.in_flight() - batch.count});
}

void Collector::give_up(WorkerSlot& worker) {
  spent_lanes_.add(worker.lane);
  worker.lane.reset();
  worker.cells.clear();
}

void Collector::sweep_windows(Crews& crews) {
  if (!any_large_window_) return;
  any_large_window_ = false;
  crews.for_each([&](Crew& crew) {
    for (WorkerSlot& worker : crew.workers) {
      if (!worker.lane) continue;
      // A large one may be in use still, or held by a batch that nobody has read.
      const bool any_in_use = worker.lane->free_windows() < settings_.shape().cells;
      const bool any_left = worker.lane->sweep_windows(lane::kKeptWindowBytes);
      any_large_window_ = any_large_window_ || any_left || any_in_use;
    }
  });
}

}  // namespace forkmap::pool
