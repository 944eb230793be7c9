// SPDX-License-Identifier: Apache-2.0
//
// Results out of cells, into batches, to the maps.
#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/check.hpp"
#include "core/pool/engine_core.hpp"
#include "core/pool/task_codes.hpp"
#include "core/types/item_status.hpp"

namespace forkmap::pool {

namespace {

// A window that was filled further than it keeps gives its pages back after a task that used less
// than a quarter of them: sizes are not steady then.
constexpr std::uint64_t kSteadyShare = 4;
constexpr std::uint64_t kTasksPerLesson = 16;

std::uint64_t kept_bytes(const Task& task, const lane::Completion& completion) {
  return std::max(lane::kKeptWindowBytes, (task.bytes + completion.bytes_used) * kSteadyShare);
}

}  // namespace

ItemError EngineCore::make_error(const Map& map, std::uint64_t position, ErrorKind kind,
                                 std::string message) const {
  ItemError error;
  error.index = map.index_of(position);
  error.kind = kind;
  error.function = map.function().full_name;
  error.message = std::move(message);
  return error;
}

void EngineCore::deliver(const std::shared_ptr<Map>& map, ResultBatch&& batch) {
  if (batch.count == 0) return memory_.take_back(std::move(batch));
  ++deliveries_;
  const std::uint64_t count = batch.count;
  if (map->cancelled || map->unreadable) {
    map->note_outcomes(count);
    memory_.take_back(std::move(batch));
  } else if (map->receiver() != nullptr) {
    map->note_outcomes(count);
    map->receiver()->receive(std::move(batch));
  } else {
    unread_bytes_ += batch.memory_bytes + batch.held_bytes;
    map->deliver(std::move(batch));
  }
  maps_.note_outcomes(*map);
}

// The one item of a map with a receiver, if it was not taken from the source and will not be.
void EngineCore::deliver_untaken(const std::shared_ptr<Map>& map, ErrorKind kind,
                                 const std::string& message) {
  if (map->receiver() == nullptr || map->source_ended || map->fed > 0) return;
  map->fed = 1;
  deliver_error(map, 0, make_error(*map, 0, kind, message));
}

void EngineCore::note_cost(Map& map, std::uint64_t items, std::uint64_t time_ns,
                           std::uint64_t bytes) {
  if (map.receiver() == nullptr) {
    map.cost = with_task(map.cost, items, time_ns, bytes);
    return;
  }
  // A map of one item teaches the next ones of that function; not each, once something is known.
  if (map.cost.time_ns > 0 && tasks_settled_ % kTasksPerLesson != 0) return;
  const std::uint32_t function = map.function().number;
  if (received_costs_.size() <= function) received_costs_.resize(std::size_t{function} + 1);
  received_costs_[function] = with_task(map.cost, items, time_ns, bytes);
}

// A batch of one failed item that no worker wrote.
void EngineCore::deliver_error(const std::shared_ptr<Map>& map, std::uint64_t position,
                               ItemError error, const ResultBatch& times) {
  static constexpr unsigned char kFailed = FORKMAP_STATUS_FUNCTION_ERROR;
  ResultBatch batch;
  batch.first = position;
  batch.count = 1;
  batch.status = &kFailed;
  // Columns without values, for readers who fetch them before they look at the status.
  batch.columns.resize(map->function().signature.results.size());
  batch.pid = error.pid;
  batch.errors.push_back(std::move(error));
  batch.begun = times.begun;
  batch.ended = times.ended;
  deliver(map, std::move(batch));
}

// A worker runs its tasks one after the other, and the next one begins where the last one ended.
// What it has measured is believed as far as it can be true; after a death there is no measure.
void EngineCore::note_times(Worker& worker, const Task& task, ResultBatch& batch,
                            const lane::Completion* completion) {
  if (!task.map->request().timed && !task.map->follows_median()) return;
  const auto now = Clock::now();
  batch.begun = std::max(task.sent, worker.last_end);
  batch.ended = now;
  if (completion != nullptr) {
    const auto seen = static_cast<std::uint64_t>((now - batch.begun).count());
    batch.ended = batch.begun + std::chrono::nanoseconds(std::min(seen, completion->run_time_ns));
  }
  worker.last_end = batch.ended;
}

void EngineCore::end_task(const Task& task) noexcept {
  FORKMAP_CHECK(in_flight_bytes_ >= task.accounted_bytes);
  in_flight_bytes_ -= task.accounted_bytes;
}

// Nobody wants the outcomes: the map was cancelled.
void EngineCore::drop_task(const Task& task) {
  deliver(task.map, ResultBatch{.first = task.first, .count = task.count});
  task.map->in_flight_items -= task.count;
  end_task(task);
}

void EngineCore::fail_task(const Task& task, ErrorKind kind, const std::string& message) {
  for (std::uint32_t item = 0; item < task.count; ++item) {
    const std::uint64_t position = task.first + item;
    ItemError error = make_error(*task.map, position, kind, message);
    if (kind == ErrorKind::stale_registry) {
      error.needed = task.map->function().generation;
      error.held = generation_;
    }
    deliver_error(task.map, position, std::move(error));
  }
  task.map->in_flight_items -= task.count;
  end_task(task);
}

bool EngineCore::collect(Crew& crew) {
  bool any = false;
  for (Worker& worker : crew.workers) {
    if (worker.lane &&
        (worker.phase == WorkerPhase::serving || worker.phase == WorkerPhase::retiring)) {
      any = collect_worker(crew, worker) || any;
    }
  }
  return any;
}

bool EngineCore::collect_worker(Crew& crew, Worker& worker) {
  bool any = false;
  lane::Completion completion;
  for (;;) {
    switch (worker.lane->look(completion)) {
      case lane::HostLane::State::nothing:
        deliver_strip();
        return any;
      case lane::HostLane::State::corrupt:
        deliver_strip();
        condemn(crew, worker, Condemned::corrupt_lane);
        return true;
      case lane::HostLane::State::completion:
        break;
    }
    any = true;
    TaskInCell& cell = worker.cells[completion.cell];
    if (gather(worker, cell, completion)) continue;
    deliver_strip();  // it may be of this map, and its items come before
    if (!take_results(crew, worker, cell, completion)) {
      condemn(crew, worker, Condemned::corrupt_lane);
      return true;
    }
    worker.lane->release_oldest();
    if (cell.window != lane::kNoWindow) {
      worker.lane->return_window(cell.window);
      worker.lane->punch_window(cell.window, kept_bytes(cell.task, completion));
      cell.window = lane::kNoWindow;
    }
    ++worker.tasks_done;
    ++tasks_settled_;
    worker.stop_asked.reset();
  }
}

// The results of a DONE cell. False: it contradicts itself.
bool EngineCore::take_results(Crew& crew, Worker& worker, TaskInCell& cell,
                              const lane::Completion& completion) {
  const std::shared_ptr<Map> map = cell.task.map;
  const std::uint32_t count = cell.task.count;
  if ((completion.flags & kStaleFunction) != 0) {
    hold_window(worker, cell);
    Task task = std::move(cell.task);
    cell.task = Task{};
    settle_stale(crew, worker, std::move(task));
    return true;
  }
  tell_left_state(map->function(), completion.flags);
  const bool partial = (completion.flags & (lane::kWindowFull | kRefusedFunction)) != 0;
  if (completion.completed != count && !partial) return false;
  if ((completion.flags & lane::kWindowFull) != 0 && completion.completed == 0) return false;
  if (!keep_results(worker, cell, completion.cell, completion.completed, &completion)) return false;

  note_finished(*map, cell.task.counted, completion.completed, completion.run_time_ns);
  note_cost(*map, completion.completed, completion.run_time_ns,
            cell.task.accounted_bytes + completion.bytes_used + completion.text_bytes +
                map->result_layout(count).head_bytes);
  const std::uint32_t left = count - completion.completed;
  map->in_flight_items -= completion.completed;
  if (left > 0 && !map->cancelled) {
    hold_window(worker, cell);
    Task rest = sub_task(cell.task, completion.completed, left);
    if ((completion.flags & kRefusedFunction) != 0) {
      for (std::uint32_t item = 0; item < left; ++item) {
        deliver_error(map, rest.first + item,
                      make_error(*map, rest.first + item, ErrorKind::function_error,
                                 "the plugin's function record cannot be run"));
      }
      map->in_flight_items -= left;
    } else {
      pending_.push_front(std::move(rest));
    }
  } else if (left > 0) {
    deliver(map, ResultBatch{.first = cell.task.first + completion.completed, .count = left});
    map->in_flight_items -= left;
  }
  end_task(cell.task);
  cell.task = Task{};
  return true;
}

// Delivers the first `complete` items of a cell. `completion` is null after a death: the sizes are
// then found from the columns, and there is no text. False: nothing is to be believed.
bool EngineCore::keep_results(Worker& worker, TaskInCell& cell, std::uint32_t cell_index,
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
  place.window_bytes = shape_.window_bytes;
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
                   worker.lane->free_windows() > shape_.cells / 2 &&
                   spent_lanes_.count() < static_cast<std::size_t>(target_workers_);
  ResultBatch batch;
  std::vector<RawError> raw;
  if (!read_results(place, complete, bytes_used, text_bytes, memory_, batch, raw)) return false;
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
  batch.worker = static_cast<int>(worker.id.slot);
  batch.pid = worker.pid;
  for (RawError& found : raw) {
    ItemError error = make_error(*map, cell.task.first + found.item,
                                 types::kind_of_failure(found.status), std::move(found.text));
    error.pid = worker.pid;
    error.attempt = cell.task.attempts + 1;
    explain_refused_memory(error);
    if (found.status == types::kUnparsed && error.message.size() >= sizeof(std::uint32_t)) {
      std::uint32_t column = 0;
      std::memcpy(&column, error.message.data(), sizeof column);
      error.column = column;
      error.message.erase(0, sizeof column);
    }
    batch.errors.push_back(std::move(error));
  }
  tell_printed(worker, cell.turn, raw, batch.errors);
  worker.items_done += complete;
  note_times(worker, cell.task, batch, completion);
  if (observer_ != nullptr) tell_ran(worker, cell.task, batch, completion != nullptr);
  deliver(map, std::move(batch));
  return true;
}

// The worker has looked for the function in the registry that it inherited, and it is not there.
void EngineCore::settle_stale(Crew& crew, Worker& worker, Task task) {
  const std::shared_ptr<Map> map = task.map;
  const plugin::FunctionEntry& function = map->function();
  if (options_.on_stale == OnStale::refork && !map->cancelled && !closed_ &&
      function.generation > crew.generation) {
    if (!incoming_ && stale_reforked_for_ != table_->generation()) {
      stale_reforked_for_ = table_->generation();
      incoming_ = start_crew(CrewReason::stale);
    }
    if (incoming_) {
      stale_.push_back(std::move(task));
      return;
    }
    if (serving_ && serving_->generation >= function.generation) {
      pending_.push_front(std::move(task));
      return;
    }
  }
  const std::string from =
      function.plugin == nullptr
          ? std::string("was added by the program")
          : "of plugin " + function.plugin->name + " (" + function.plugin->path + ") was loaded";
  for (std::uint32_t item = 0; item < task.count; ++item) {
    ItemError error = make_error(
        *map, task.first + item, ErrorKind::stale_registry,
        "function " + function.full_name + " " + from + " in generation " +
            std::to_string(function.generation) + ", after this pool's workers were forked from " +
            "generation " + std::to_string(crew.generation) + "; worker " +
            std::to_string(worker.pid) +
            " looked in its own registry and does not have it. Load the plugin before the pool is "
            "made, make a second pool, or refork this one");
    error.pid = worker.pid;
    error.needed = function.generation;
    error.held = crew.generation;
    deliver_error(map, task.first + item, std::move(error));
  }
  map->in_flight_items -= task.count;
  end_task(task);
}

}  // namespace forkmap::pool
