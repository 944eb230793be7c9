// SPDX-License-Identifier: Apache-2.0
#include "core/pool/health.hpp"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "core/process/memory_limit.hpp"

namespace forkmap::pool {

namespace {

using namespace std::chrono_literals;

// A look at a worker's memory costs some microseconds.
constexpr auto kWearInterval = 20ms;
constexpr auto kRingPatience = 2ms;
constexpr auto kStopInterval = 10ms;
constexpr std::uint32_t kRescuesBeforeRecycling = 3;

void see(WorkerSlot& worker, Clock::time_point now) {
  const auto running = worker.lane ? worker.lane->running() : std::nullopt;
  std::optional<SeenItem>& seen = worker.life.seen;
  if (!running) {
    seen.reset();
  } else if (!seen || seen->turn != running->turn || seen->item != running->item) {
    seen = SeenItem{running->turn, running->item, now};
  }
}

WorkerState state_of(const WorkerSlot& worker, bool runs) {
  switch (worker.phase()) {
    case WorkerPhase::absent:
    case WorkerPhase::gone:
      return WorkerState::dead;
    case WorkerPhase::spawning:
    case WorkerPhase::starting:
      return WorkerState::starting;
    case WorkerPhase::retiring:
    case WorkerPhase::condemned:
      return WorkerState::leaving;
    case WorkerPhase::serving:
      break;
  }
  if (worker.life.stopped) return WorkerState::stopped;
  return runs ? WorkerState::running : WorkerState::idle;
}

}  // namespace

void Health::look(Clock::time_point now) {
  chase_cancelled(now);
  see_items(now);
  look_at_progress(now);
  replace_worn(now);
}

void Health::see_items(Clock::time_point now) {
  if (now - last_seen_ < kSeeInterval) return;
  last_seen_ = now;
  crews_.for_each([now](Crew& crew) {
    for (WorkerSlot& worker : crew.workers) see(worker, now);
  });
  limits_.count_running(now);
  limits_.tell();  // the host may be about to sleep long
}

// A function that has overwritten its progress word and runs on would never be found otherwise.
void Health::look_at_progress(Clock::time_point now) {
  if (now - last_progress_look_ < kLookInterval) return;
  last_progress_look_ = now;
  collector_.sweep_windows(crews_);
  crews_.for_each([](Crew& crew) {
    for (WorkerSlot& worker : crew.workers) {
      const bool works = worker.serves() || worker.phase() == WorkerPhase::retiring;
      if (works && worker.lane && !worker.lane->progress_is_possible()) {
        Staff::condemn(crew, worker, KillReason::corrupt_lane);
      }
    }
  });
}

bool Health::is_worn(const WorkerSlot& worker, Clock::time_point now) const {
  if (!worker.serves() || worker.life.stopped || worker.life.items_done == 0) return false;
  const PoolOptions& options = settings_.options();
  const auto age = options.recycle_after_age;
  if (age.count() > 0 && now - worker.life.spawned_at >= age) return true;
  if (options.recycle_after_growth == 0) return false;
  const auto resident = process::private_resident_bytes(worker.life.pid);
  return resident && *resident > worker.life.resident_at_fork_bytes &&
         *resident - worker.life.resident_at_fork_bytes >= options.recycle_after_growth;
}

// What such a worker has begun it finishes; the rest goes to others.
void Health::replace_worn(Clock::time_point now) {
  const PoolOptions& options = settings_.options();
  if (options.recycle_after_age.count() == 0 && options.recycle_after_growth == 0) return;
  if (!crews_.serves() || crews_.staff().is_closed()) return;
  if (now - last_wear_look_ < kWearInterval) return;
  last_wear_look_ = now;
  for (WorkerSlot& worker : crews_.serving()->workers) {
    if (is_worn(worker, now)) Staff::retire(worker);
  }
}

void Health::ask_stop(Crew& crew, WorkerSlot& worker, Clock::time_point now) {
  if (worker.life.stop_asked || !worker.lane || !worker.alive()) return;
  const auto running = worker.lane->running();
  if (!running) return;
  const TaskInCell& cell = worker.cells[running->tag];
  if (!cell.task.map || !cell.task.map->stop_at || now < *cell.task.map->stop_at) return;
  worker.life.stop_asked = now;
  (void)crew.zygote->stop_item(worker.id, running->turn, running->item);
}

void Health::chase_cancelled(Clock::time_point now) {
  if (!ledger_.maps().any_stopping()) return;
  crews_.for_each([now](Crew& crew) {
    if (!crew.is_working()) return;
    for (WorkerSlot& worker : crew.workers) ask_stop(crew, worker, now);
  });
}

void Health::look_for_lost_rings() {
  std::vector<std::pair<Crew*, WorkerSlot*>> found;
  crews_.for_each([&](Crew& crew) {
    for (WorkerSlot& worker : crew.workers) {
      if (worker.lane && worker.lane->has_completion()) found.emplace_back(&crew, &worker);
    }
  });
  if (found.empty()) return;
  pollfd bell{doorbell_.fd(), POLLIN, 0};
  if (::poll(&bell, 1, static_cast<int>(kRingPatience / 1ms)) != 0) return;
  for (const auto& [crew, worker] : found) {
    ++rescues_;
    if (++worker->life.rescues < kRescuesBeforeRecycling) continue;
    // It goes on to be of use until its results are in; the next one has a whole doorbell.
    worker->life.kill_reason = KillReason::doorbell_lost;
    if (crew->phase == CrewPhase::serving) Staff::retire(*worker);
  }
}

std::optional<Clock::time_point> Health::next_deadline(Clock::time_point now) const {
  std::optional<Clock::time_point> next;
  if (ledger_.maps().any_stopping()) {
    for (const auto& map : ledger_.maps().all()) {
      if (!map->stop_at || map->in_flight() == 0) continue;
      const auto due = std::max(*map->stop_at, now + kStopInterval);
      next = std::min(next.value_or(due), due);
    }
  }
  if (collector_.has_large_windows()) {
    const auto due = last_progress_look_ + kLookInterval;
    next = std::min(next.value_or(due), due);
  }
  return next;
}

std::vector<WorkerInfo> Health::workers(Clock::time_point now) {
  std::vector<WorkerInfo> infos;
  if (!crews_.serving()) return infos;
  for (WorkerSlot& worker : crews_.serving()->workers) {
    if (worker.phase() == WorkerPhase::gone) continue;
    see(worker, now);
    infos.push_back(info_of(worker, now));
  }
  return infos;
}

WorkerInfo Health::info_of(const WorkerSlot& worker, Clock::time_point now) const {
  WorkerInfo info;
  info.number = worker.number();
  info.pid = worker.alive() ? worker.life.pid : 0;
  info.generation = crews_.serving()->generation;
  info.items_done = worker.life.items_done;
  info.items_done_in_all = worker.items_done_before + worker.life.items_done;
  info.tasks_done = worker.tasks_done;
  info.respawns = worker.spawns > 0 ? worker.spawns - 1 : 0;
  info.rescues = worker.life.rescues;
  info.state = state_of(worker, false);
  if (!worker.lane) return info;
  info.window_bytes = worker.lane->window_high_water_bytes();
  info.cells_ready = worker.lane->unstarted();
  const auto running = worker.lane->running();
  info.state = state_of(worker, running.has_value());
  if (!running) return info;
  info.cells_running = 1;
  const Task& task = worker.cells[running->tag].task;
  if (!task.map) return info;
  info.item = index_of(task, running->item);
  info.function = task.map->function().full_name;
  const std::optional<SeenItem>& seen = worker.life.seen;
  if (seen && seen->turn == running->turn && seen->item == running->item) {
    // What was seen only while the pool was paused has not run since.
    info.item_time = std::max<std::chrono::nanoseconds>(
        crews_.paused_at().value_or(now) - seen->since, std::chrono::nanoseconds(0));
  }
  return info;
}

}  // namespace forkmap::pool
