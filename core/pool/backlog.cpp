// SPDX-License-Identifier: Apache-2.0
#include "core/pool/backlog.hpp"

#include <algorithm>
#include <utility>

#include "core/pool/cell_tasks.hpp"

namespace forkmap::pool {

namespace {

// Failed tries to fork a worker before a retry that waits for it may look for another.
constexpr std::uint32_t kPatientTries = 2;

// How far a worker is from being a fresh one; the least is the best.
enum class Distance : std::uint8_t { fresh, coming, idle, busy, none };

Distance distance_to_fresh(const WorkerSlot& worker) {
  switch (worker.phase()) {
    case WorkerPhase::serving:
      if (worker.life.fresh) return Distance::fresh;
      // Another retry has not begun there: sent away now, it would wait for the same process again.
      if (Backlog::runs_retry(worker) && worker.lane->unstarted() > 0) return Distance::none;
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

bool is_at_home(const Task& task, const Crew& crew) {
  return task.home < crew.workers.size() && crew.workers[task.home].phase() != WorkerPhase::gone;
}

}  // namespace

void Backlog::put_front(Task task) {
  retries_wait_ = retries_wait_ || task.wants_fresh;
  pending_.push_front(std::move(task));
}

void Backlog::put_front(std::vector<Task>&& tasks) {
  for (auto task = tasks.rbegin(); task != tasks.rend(); ++task) put_front(std::move(*task));
}

Task* Backlog::next_for(const WorkerSlot& worker, const Crew& crew, Whose whose) {
  const auto own =
      std::ranges::find_if(pending_, [&](const Task& task) { return task.home == worker.id.slot; });
  if (own != pending_.end() && (!own->wants_fresh || worker.life.fresh)) return &*own;
  const auto found = std::ranges::find_if(pending_, [&](const Task& task) {
    return !task.wants_fresh && (whose == Whose::anybodys || !is_at_home(task, crew));
  });
  return found == pending_.end() ? nullptr : &*found;
}

Task Backlog::take(Task* task) {
  Task taken = std::move(*task);
  const auto place =
      std::ranges::find_if(pending_, [&](const Task& other) { return &other == task; });
  pending_.erase(place);
  return taken;
}

template <class Is>
std::vector<Task> Backlog::take_if(Is&& is) {
  std::vector<Task> taken;
  std::deque<Task> kept;
  for (Task& task : pending_) {
    if (is(task)) {
      taken.push_back(std::move(task));
    } else {
      kept.push_back(std::move(task));
    }
  }
  pending_ = std::move(kept);
  return taken;
}

std::vector<Task> Backlog::take_of(const Map& map) {
  return take_if([&](const Task& task) { return task.map.get() == &map; });
}

std::vector<Task> Backlog::take_all_but_retries() {
  return take_if([](const Task& task) { return !task.wants_fresh; });
}

std::vector<Task> Backlog::take_all() {
  const std::deque<Task> all = std::exchange(pending_, {});
  return {all.begin(), all.end()};
}

void Backlog::keep_rows_of(const lane::HostLane& lane) {
  for (Task& task : pending_) {
    if (task.window && task.window->is_of(lane)) keep_rows(task);
  }
}

std::vector<WorkerSlot*> Backlog::home_retries(Crew& crew) {
  std::vector<WorkerSlot*> leavers;
  if (!retries_wait_) return leavers;
  retries_wait_ = false;
  for (Task& task : pending_) {
    if (!task.wants_fresh) continue;
    retries_wait_ = true;
    const Distance now =
        is_at_home(task, crew) ? distance_to_fresh(crew.workers[task.home]) : Distance::none;
    if (now == Distance::fresh || now == Distance::coming) continue;
    WorkerSlot* best = nullptr;
    Distance least = Distance::none;
    for (WorkerSlot& worker : crew.workers) {
      const Distance distance = distance_to_fresh(worker);
      if (distance >= least || std::ranges::find(leavers, &worker) != leavers.end()) continue;
      least = distance;
      best = &worker;
    }
    if (best == nullptr) continue;  // there is nobody to be had now
    task.home = best->id.slot;
    if (least == Distance::idle || least == Distance::busy) leavers.push_back(best);
  }
  return leavers;
}

}  // namespace forkmap::pool
