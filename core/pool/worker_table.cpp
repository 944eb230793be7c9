// SPDX-License-Identifier: Apache-2.0
//
// What the pool tells of its workers.
#include "core/pool/engine_core.hpp"

namespace forkmap::pool {

namespace {

WorkerState state_of(const Worker& worker, bool runs) {
  switch (worker.phase) {
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
  if (worker.stopped) return WorkerState::stopped;
  return runs ? WorkerState::running : WorkerState::idle;
}

}  // namespace

void EngineCore::sight(Worker& worker, Clock::time_point now) {
  const auto running = worker.lane ? worker.lane->running() : std::nullopt;
  if (!running) {
    worker.sighting.reset();
  } else if (!worker.sighting || worker.sighting->turn != running->turn ||
             worker.sighting->item != running->item) {
    worker.sighting = Sighting{running->turn, running->item, now};
  }
}

std::vector<WorkerInfo> EngineCore::workers() {
  std::vector<WorkerInfo> infos;
  if (!serving_) return infos;
  const auto now = Clock::now();
  for (Worker& worker : serving_->workers) {
    if (worker.phase == WorkerPhase::gone) continue;
    sight(worker, now);
    WorkerInfo info;
    info.number = static_cast<int>(worker.id.slot);
    info.pid = worker.alive() ? worker.pid : 0;
    info.generation = serving_->generation;
    info.items_done = worker.items_done;
    info.items_done_in_all = worker.items_done_before + worker.items_done;
    info.tasks_done = worker.tasks_done;
    info.respawns = worker.spawns > 0 ? worker.spawns - 1 : 0;
    info.rescues = worker.rescues;
    bool runs = false;
    if (worker.lane) {
      info.window_bytes = worker.lane->window_high_water_bytes();
      info.cells_ready = worker.lane->unstarted();
      if (const auto running = worker.lane->running()) {
        runs = true;
        const Task& task = worker.cells[running->tag].task;
        info.cells_running = 1;
        if (task.map) {
          info.item = task.map->index_of(task.first + running->item);
          info.function = task.map->function().full_name;
          if (worker.sighting && worker.sighting->turn == running->turn &&
              worker.sighting->item == running->item) {
            info.item_time = paused_at_.value_or(now) - worker.sighting->since;
          }
        }
      }
    }
    info.state = state_of(worker, runs);
    infos.push_back(std::move(info));
  }
  return infos;
}

}  // namespace forkmap::pool
