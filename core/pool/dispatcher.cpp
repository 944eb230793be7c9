// SPDX-License-Identifier: Apache-2.0
#include "core/pool/dispatcher.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/base/check.hpp"
#include "core/types/row_copy.hpp"

namespace forkmap::pool {

namespace {

// Maps of a row that are passed by in one round, because the lane has enough of them and items of
// them are under way. The others have their turn later: with very many maps a step must not look at
// all of them. A lane that passes a map by has work, and the host wakes when that is done.
constexpr std::size_t kMapsPassedAtOnce = 64;
// What a task of a map counts as whose items have no known cost yet.
constexpr auto kUnknownTimeNs = static_cast<double>(kTaskTimeAim.count());
// A row is not made up for more than this, whatever the others were given meanwhile.
constexpr double kMostDebtNs = 1e9;
// Less unstarted work than this is done before another worker would have woken up for it.
constexpr double kWorthTakingNs = 20'000;

}  // namespace

std::uint64_t Dispatcher::chunk_for(Map& map, const WorkerSlot& worker) const {
  // The result of an item that must not run twice has to fit: it gets an empty window.
  if (ledger_.runs_once(map) && map.result_layout(1).has_variable()) return 1;
  std::uint64_t chunk = map.request().options.chunk;
  if (chunk == 0) {
    ChunkQuestion question;
    question.cost = map.cost;
    question.last_chunk_items = map.last_chunk_items;
    question.remaining_items = map.remaining();
    question.workers = ledger_.workers();
    question.in_arena = map.in_arena();
    if (map.in_arena()) {
      question.shortest_time = kShortestArenaTask;
      question.growth = kArenaChunkGrowth;
    }
    chunk = next_chunk_items(question);
  }
  chunk = std::min(chunk, std::max<std::uint64_t>(1, writer_.quota_left(worker)));
  // Input and result columns, the place of an error and some room for bytes must fit a window.
  const std::uint64_t room = settings_.shape().window_bytes / 2;
  while (chunk > 1 && ((!map.in_arena() && map.input_layout(chunk).bytes_offset_bytes > room) ||
                       map.result_layout(chunk).bytes_offset_bytes > room)) {
    chunk /= 2;
  }
  return chunk;
}

// Fills the lanes. Each round gives every lane that has room some work, so that all have work
// before one has much.
bool Dispatcher::feed(Look look) {
  if (crews_.is_over() || !crews_.serves()) return false;
  bool any = false;
  for (WorkerSlot* const leaver : backlog_.home_retries(*crews_.serving())) {
    Staff::retire(*leaver);
    take_back_all(*leaver);
  }
  ledger_.maps().forget_pauses();
  if (!has_work() && crews_.serving()->workers.size() < 2) return false;
  // User code may resize or renew the pool while a source is asked, so nothing is remembered
  // across.
  for (bool given = true; given && has_work();) {
    given = false;
    const std::shared_ptr<Crew> crew = crews_.serving();
    const std::size_t count = crew->workers.size();
    for (std::size_t turn = 0; turn < count; ++turn) {
      if (crews_.serving() != crew) break;
      WorkerSlot& worker = crew->workers[(next_worker_ + turn) % count];
      if (!worker.serves() || worker.lane->full()) continue;
      given = give_some(worker) || given;
      if (crews_.is_over()) return true;
    }
    if (!crews_.serving() || crews_.serving()->workers.empty()) break;
    next_worker_ = (next_worker_ + 1) % crews_.serving()->workers.size();
    any = any || given;
  }
  if (any) wake_workers();
  return (crews_.serving() && crews_.serving()->workers.size() > 1 && rebalance(look)) || any;
}

void Dispatcher::wake_workers() noexcept {
  if (!crews_.serving()) return;
  for (WorkerSlot& worker : crews_.serving()->workers) wake(worker);
}

// Gives the lane a task of the first map that has one for it. A map that has none for any lane
// leaves the turn; so all are asked, and false means that nothing can be given to a lane that is
// dry.
bool Dispatcher::give_some(WorkerSlot& worker) {
  if (give_pending(worker)) return true;
  if (Backlog::runs_retry(worker)) return false;
  worker.life.has_retry = false;
  if (ledger_.has_returned() && give_returned(worker)) return true;
  const auto rows = rows_by_time();
  for (std::size_t turn = 0; turn < rows.size(); ++turn) {
    const std::size_t row = rows[turn];
    const double time_before = row_time_ns_[row];
    const GiveResult result = give_of_row(row, worker);
    // Not overtaken, a map that has waited gets its task once the lane is short enough for it.
    if (result == GiveResult::waits) return false;
    if (result == GiveResult::given) {
      // Rows that had nothing to give are owed nothing, and nobody is owed much.
      for (std::size_t other = 0; other < rows.size(); ++other) {
        double& time = row_time_ns_[rows[other]];
        time = std::max(time, other < turn ? time_before : row_time_ns_[row] - kMostDebtNs);
      }
      return true;
    }
    // User code may have run.
    if (crews_.is_over() || !worker.serves() || worker.lane->full()) return false;
  }
  return false;
}

// The one that was given least comes first.
std::array<std::size_t, OpenMaps::kRows.size()> Dispatcher::rows_by_time() const noexcept {
  std::array<std::size_t, OpenMaps::kRows.size()> rows{};
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::ranges::sort(rows, [this](std::size_t one, std::size_t other) {
    return std::pair(row_time_ns_[one], one) < std::pair(row_time_ns_[other], other);
  });
  return rows;
}

// `waits`: a map of the row does of which no item is under way.
Dispatcher::GiveResult Dispatcher::give_of_row(std::size_t number, WorkerSlot& worker) {
  const MapPlace row = OpenMaps::kRows[number];
  std::size_t passed = 0;
  std::size_t left = ledger_.maps().in_turn(row);
  while (const std::shared_ptr<Map> map = ledger_.take_turn(row, left)) {
    const std::uint64_t fed_before = map->fed();
    const GiveResult result = give_of(map, worker);
    ledger_.maps().note_given(*map);
    if (result == GiveResult::given) {
      const auto items = static_cast<double>(map->fed() - fed_before);
      row_time_ns_[number] += map->cost.time_ns > 0 ? map->cost.time_ns * items : kUnknownTimeNs;
      return result;
    }
    if (crews_.is_over() || !worker.serves() || worker.lane->full()) break;
    if (result != GiveResult::waits) continue;
    if (map->in_flight() == 0) {
      ledger_.maps().return_turn(*map);
      return result;
    }
    if (++passed == kMapsPassedAtOnce) break;
  }
  return GiveResult::nothing;
}

Dispatcher::GiveResult Dispatcher::give_of(const std::shared_ptr<Map>& map, WorkerSlot& worker) {
  const std::uint64_t chunk = map->receiver() != nullptr ? 1 : chunk_for(*map, worker);
  std::uint32_t depth = kShallowDepthTasks;
  // No lane is shallower; and one item needs no more.
  if (map->receiver() == nullptr || worker.lane->outstanding() >= depth) {
    // Chunks of the pool's own choice are long once they have grown. What runs ahead before that
    // would only fill windows, each of which costs its pages.
    const std::uint32_t most = map->request().options.chunk == 0 && map->receiver() == nullptr
                                   ? std::min(kGrowingDepthTasks, settings_.shape().cells)
                                   : settings_.shape().cells;
    depth = lane_depth_tasks(map->cost, chunk, most);
    if (worker.lane->outstanding() >= depth) return GiveResult::waits;
  }
  bool given = false;
  if (map->in_arena()) {
    given = feeder_.give_arena(map, worker, chunk);
  } else if (chunk == 1 && map->singles().inputs_fit_cell()) {
    given = feeder_.give_singles(map, worker, depth);
  } else {
    given = feeder_.give_from(map, worker, chunk);
  }
  if (given) return GiveResult::given;
  const bool is_in_turn = !map->source_ended && !map->source_paused;
  return is_in_turn ? GiveResult::waits : GiveResult::nothing;
}

// A lane that ran dry is fed with unstarted tasks of the fullest. There are two workers or more.
bool Dispatcher::rebalance(Look look) {
  bool any = false;
  for (WorkerSlot& dry : crews_.serving()->workers) {
    if (!dry.serves() || dry.life.stopped || dry.lane->outstanding() != 0) continue;
    if (give_pending(dry, Backlog::Whose::anybodys)) {
      any = true;
      wake(dry);
      continue;
    }
    WorkerSlot* fullest = nullptr;
    std::uint32_t most = 0;
    for (WorkerSlot& other : crews_.serving()->workers) {
      if (!other.serves() || Backlog::runs_retry(other)) continue;
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
    backlog_.put_front(take_unstarted(*fullest, taken->cell, owner_));
    any = give_pending(dry) || any;
    wake(dry);
  }
  return any;
}

// Pending tasks go first; they are let in whatever the bounds say.
bool Dispatcher::give_pending(WorkerSlot& worker, Backlog::Whose whose) {
  if (backlog_.empty() || Backlog::runs_retry(worker)) return false;
  Task* const place = backlog_.next_for(worker, *crews_.serving(), whose);
  if (place == nullptr) return false;
  const std::uint64_t most = place->one_by_one ? 1 : writer_.quota_left(worker);
  const auto given = static_cast<std::uint32_t>(std::min<std::uint64_t>(place->count, most));
  const std::uint32_t cells = settings_.shape().cells;
  if (worker.lane->outstanding() >= lane_depth_tasks(place->map->cost, given, cells)) return false;
  if (place->map->cancelled) {
    ledger_.drop(backlog_.take(place));
    return true;
  }
  const std::uint32_t window = worker.lane->take_window();
  if (window == lane::kNoWindow) return false;
  Task task = *place;
  // What is more than the worker may be given now waits.
  if (given < task.count) {
    *place = part_of(task, given, task.count - given);
    task.count = given;
  } else {
    task = backlog_.take(place);
  }
  task.one_by_one = false;
  worker.life.has_retry = std::exchange(task.wants_fresh, false);
  const std::uint32_t home = std::exchange(task.home, kAnyWorker);
  if (task.capacity == 0 || (task.in_payload && task.row == 0)) {
    writer_.push(worker, std::move(task), window);
  } else {
    give_copied(worker, std::move(task), window, home);
  }
  return true;
}

// True: one was taken. If it is not given at once it waits here, as a retry does. Another site had
// as many rows as its nodes, or workers, run in a moment: what is more than a task here goes back,
// since others may be idle.
bool Dispatcher::give_returned(WorkerSlot& worker) {
  if (worker.lane->outstanding() >= kShallowDepthTasks) return false;
  Task task = task_from(ledger_.take_returned());
  const auto most =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(task.count, chunk_for(*task.map, worker)));
  if (most < task.count) {
    ledger_.give_back(returned_from(part_of(task, most, task.count - most)));
    task.count = most;
  }
  backlog_.put_front(std::move(task));
  (void)give_pending(worker);
  return true;
}

// The rows of a task that has waited are copied into the window. What does not fit waits on.
void Dispatcher::give_copied(WorkerSlot& worker, Task task, std::uint32_t window,
                             std::uint32_t home) {
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
    Task rest = part_of(task, count, task.count - count);
    rest.home = home;
    backlog_.put_front(std::move(rest));
    task.count = count;
  }
  task.window.reset();
  task.copy.reset();
  task.in_payload = false;
  task.row = 0;
  task.capacity = count;
  task.bytes = *fill;
  writer_.push(worker, std::move(task), window);
}

// --- back out of lanes

void Dispatcher::take_back(WorkerSlot& worker, std::uint32_t left) {
  if (left == 0) worker.drain_due = false;
  while (worker.lane && worker.lane->outstanding() > left) {
    const auto taken = worker.lane->take_back_newest();
    if (!taken) return;
    backlog_.put_front(take_unstarted(worker, taken->cell, owner_));
  }
}

void Dispatcher::drain_retiring() {
  crews_.for_each([this](Crew& crew) {
    for (WorkerSlot& worker : crew.workers) {
      if (worker.drain_due) take_back_all(worker);
    }
  });
}

}  // namespace forkmap::pool
