// SPDX-License-Identifier: Apache-2.0
//
// Tasks that wait for a worker: where their rows are meanwhile, and who gets them.
//  W1 A task that waits keeps no lane of a dead worker mapped: its rows are copied (keep_rows).
//  W2 A retry, then the rest of its chunk go to the successor of the worker that died with them, in
//     this order. A retry is the first task of that process, and the only one until it has ended.
//     A worker that would be idle otherwise takes the rest.
//  W3 A retry whose successor does not come, or has been given something else, is given another
//     fresh worker: the next that comes, or one that comes because another is sent away.
#include <algorithm>
#include <new>
#include <utility>

#include "core/base/check.hpp"
#include "core/pool/engine_core.hpp"
#include "core/types/row_copy.hpp"

namespace forkmap::pool {

namespace {

// Padding in front of the first row where it is copied to a place of another alignment.
constexpr std::uint64_t kMostPaddingBytes = 8;
// Failed tries to fork a worker before a retry that waits for it may look for another.
constexpr std::uint32_t kPatientTries = 2;

// How far a worker is from being a fresh one; the least is the best.
enum class Distance : std::uint8_t { fresh, coming, idle, busy, none };

Distance distance_to_fresh(const Worker& worker) {
  switch (worker.phase) {
    case WorkerPhase::serving:
      if (worker.fresh) return Distance::fresh;
      return worker.lane->outstanding() == 0 ? Distance::idle : Distance::busy;
    case WorkerPhase::absent:
      return worker.shortage_tries < kPatientTries ? Distance::coming : Distance::none;
    case WorkerPhase::spawning:
    case WorkerPhase::starting:
    case WorkerPhase::retiring:
    case WorkerPhase::condemned:
      return Distance::coming;
    case WorkerPhase::gone:
      return Distance::none;
  }
  return Distance::none;
}

}  // namespace

// Copies the rows of a task out of the window that it holds. Without memory for it they stay there.
void EngineCore::keep_rows(Task& task) {
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

void EngineCore::keep_rows_of(const lane::HostLane& lane) {
  const auto keep = [&](Task& task) {
    if (task.window && task.window->is_of(lane)) keep_rows(task);
  };
  std::ranges::for_each(pending_, keep);
  std::ranges::for_each(stale_, keep);
}

bool EngineCore::runs_retry(const Worker& worker) {
  return worker.has_retry && worker.lane->outstanding() != 0;
}

bool EngineCore::is_at_home(const Task& task) const {
  return task.home < serving_->workers.size() &&
         serving_->workers[task.home].phase != WorkerPhase::gone;
}

// The next pending task for a worker: what waits for it, then what waits for nobody.
std::deque<Task>::iterator EngineCore::pending_for(const Worker& worker, Whose whose) {
  const auto is_own = [&](const Task& task) { return task.home == worker.id.slot; };
  const auto own = std::ranges::find_if(pending_, is_own);
  if (own != pending_.end() && (!own->wants_fresh || worker.fresh)) return own;
  return std::ranges::find_if(pending_, [&](const Task& task) {
    return !task.wants_fresh && (whose == Whose::anybodys || !is_at_home(task));
  });
}

// Pending tasks go first; they are let in whatever the bounds say.
bool EngineCore::give_pending(Worker& worker, Whose whose) {
  if (pending_.empty() || runs_retry(worker)) return false;
  const auto place = pending_for(worker, whose);
  if (place == pending_.end()) return false;
  const std::uint64_t most = place->one_by_one ? 1 : quota_left(worker);
  const std::uint64_t given = std::min<std::uint64_t>(place->count, most);
  if (worker.lane->outstanding() >=
      lane_depth_tasks(place->map->cost, given, settings_.shape().cells)) {
    return false;
  }
  if (place->map->cancelled) {
    const Task task = std::move(*place);
    pending_.erase(place);
    ledger_.drop(task);
    return true;
  }
  const std::uint32_t window = worker.lane->take_window();
  if (window == lane::kNoWindow) return false;
  Task task = std::move(*place);
  // What is more than the worker may be given now waits.
  if (given < task.count) {
    *place = sub_task(task, static_cast<std::uint32_t>(given),
                      static_cast<std::uint32_t>(task.count - given));
    task.count = static_cast<std::uint32_t>(given);
  } else {
    pending_.erase(place);
  }
  task.one_by_one = false;
  worker.has_retry = std::exchange(task.wants_fresh, false);
  const std::uint32_t home = std::exchange(task.home, kAnyWorker);
  if (task.capacity == 0 || (task.in_payload && task.row == 0)) {
    push(worker, std::move(task), window);
    return true;
  }
  // Copied by value: asking for the second layout forgets the first.
  const types::ColumnLayout from = task.map->input_layout(task.capacity);
  const std::byte* const base = task.in_payload ? task.payload.data()
                                : task.copy     ? task.copy.get()
                                                : task.window->inputs();
  std::byte* const to = worker.lane->view().input_window(window);
  std::uint32_t count = task.count;
  std::optional<std::uint64_t> fill;
  for (;; count /= 2) {
    // Where an array's padding depends on its place, rows that filled a window may not fit another.
    const types::ColumnLayout layout = task.map->input_layout(count);
    fill = types::copy_rows({&from, base, task.row, count}, layout, to,
                            settings_.shape().window_bytes - layout.bytes_offset_bytes);
    if (fill || count == 1) break;
  }
  FORKMAP_CHECK(fill);  // one row is copied to where it came from: the front of a window
  if (count < task.count) {
    Task rest = sub_task(task, count, task.count - count);
    rest.home = home;
    pending_.push_front(std::move(rest));
    task.count = count;
  }
  task.window.reset();
  task.copy.reset();
  task.in_payload = false;
  task.row = 0;
  task.capacity = count;
  task.bytes = *fill;
  push(worker, std::move(task), window);
  return true;
}

// Gives each retry that waits in vain another worker to wait for (W3).
void EngineCore::home_retries() {
  if (!retries_wait_) return;
  retries_wait_ = false;
  std::vector<Worker*> leavers;
  for (Task& task : pending_) {
    if (!task.wants_fresh) continue;
    retries_wait_ = true;
    const Distance now =
        is_at_home(task) ? distance_to_fresh(serving_->workers[task.home]) : Distance::none;
    if (now == Distance::fresh || now == Distance::coming) continue;
    Worker* best = nullptr;
    Distance least = Distance::none;
    for (Worker& worker : serving_->workers) {
      const Distance distance = distance_to_fresh(worker);
      if (distance >= least || std::ranges::find(leavers, &worker) != leavers.end()) continue;
      least = distance;
      best = &worker;
    }
    if (best == nullptr) continue;  // there is nobody to be had now
    task.home = best->id.slot;
    if (least == Distance::idle || least == Distance::busy) leavers.push_back(best);
  }
  for (Worker* const worker : leavers) retire(*serving_, *worker);
}

}  // namespace forkmap::pool
