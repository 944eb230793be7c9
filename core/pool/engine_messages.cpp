// SPDX-License-Identifier: Apache-2.0
//
// What the zygotes report, and what the engine asks of them.
#include <algorithm>
#include <utility>

#include "core/base/limit_behind.hpp"
#include "core/pool/engine_core.hpp"

namespace forkmap::pool {

namespace {

Worker* find_worker(Crew& crew, process::WorkerId id) {
  if (id.slot >= crew.workers.size()) return nullptr;
  Worker& worker = crew.workers[id.slot];
  return worker.id == id ? &worker : nullptr;
}

}  // namespace

bool EngineCore::service() {
  bool any = false;
  const std::shared_ptr<Crew> serving = serving_;
  const std::shared_ptr<Crew> incoming = incoming_;
  if (serving) any = service_crew(*serving) || any;
  if (incoming) any = service_crew(*incoming) || any;
  for (const auto& crew : std::list(leaving_)) any = service_crew(*crew) || any;
  return any;
}

bool EngineCore::service_crew(Crew& crew) {
  if (crew.phase == CrewPhase::ended || !crew.zygote) return false;
  bool any = false;
  // Asked before the last messages are read, so that none of them is missed.
  const bool ended = crew.zygote->ended();
  while (auto message = crew.zygote->next_event()) {
    handle(crew, std::move(*message));
    any = true;
    if (crew.phase == CrewPhase::ended || !crew.zygote) return true;
  }
  if (settings_.takes_output()) {
    for (Worker& worker : crew.workers) read_some_output(worker);
  }
  if (ended) {
    zygote_ended(crew);
    any = true;
  }
  return any;
}

void EngineCore::handle(Crew& crew, process::Zygote::Message message) {
  const process::Event& event = message.event;
  using process::EventKind;
  switch (event.kind) {
    case EventKind::preloading:
      crew.preload_running = event.number + std::size_t{1};
      return;
    case EventKind::preload_failed: {
      const std::string name = event.number < crew.preload_names.size()
                                   ? crew.preload_names[event.number]
                                   : std::string("a plugin");
      const std::string text = event.text.data();
      crew.failure = text.starts_with("preload of ") ? text : "preload of " + name + ": " + text;
      return;
    }
    case EventKind::ready:
      if (crew.phase == CrewPhase::preloading) crew.phase = CrewPhase::starting;
      tell_time_limits(crew);
      spawn_workers(crew);
      return;
    default:
      break;
  }
  Worker* const worker = find_worker(crew, event.worker);
  if (worker == nullptr) return;  // about a predecessor
  switch (event.kind) {
    case EventKind::spawned:
      worker->pid = event.pid;
      worker->pidfd = std::move(message.pidfd);
      if (worker->phase == WorkerPhase::spawning) worker->phase = WorkerPhase::starting;
      if (!worker->pidfd) condemn(crew, *worker, Condemned::killed);  // no descriptor was left
      return;
    case EventKind::spawn_failed: {
      const bool wanted = worker->phase == WorkerPhase::spawning;
      close_output(*worker);
      worker->lane.reset();
      worker->phase = wanted ? WorkerPhase::absent : WorkerPhase::gone;
      if (wanted) {
        note_shortage(*worker, "fork: " + base::explained_error_text(event.error_number));
      }
      return;
    }
    case EventKind::exited:
      handle_exit(crew, *worker, event);
      return;
    case EventKind::moved_on:
      worker->stop_asked.reset();
      return;
    case EventKind::stopped:
      worker->stopped = true;
      return;
    case EventKind::continued:
      worker->stopped = false;
      return;
    case EventKind::killed:  // `exited` follows
    case EventKind::preloading:
    case EventKind::preload_failed:
    case EventKind::ready:
      return;
  }
}

void EngineCore::condemn(Crew& crew, Worker& worker, Condemned why) {
  if (worker.phase == WorkerPhase::condemned || !worker.alive()) return;
  worker.condemned = why;
  worker.phase = WorkerPhase::condemned;
  (void)crew.zygote->kill_worker(worker.id);  // a zygote that is gone is seen by its pidfd
}

void EngineCore::ask_stop(Crew& crew, Worker& worker) {
  if (worker.stop_asked || !worker.lane || !worker.alive()) return;
  const auto running = worker.lane->running();
  if (!running) return;
  const TaskInCell& cell = worker.cells[running->tag];
  if (!cell.task.map || !cell.task.map->stop_at) return;
  if (Clock::now() < *cell.task.map->stop_at) return;
  worker.stop_asked = Clock::now();
  (void)crew.zygote->stop_item(worker.id, running->turn, running->item);
}

// Items of cancelled maps that run on are stopped.
void EngineCore::chase_cancelled() {
  if (!ledger_.maps().any_stopping()) return;
  for_each_crew([&](Crew& crew) {
    if (crew.phase != CrewPhase::serving && crew.phase != CrewPhase::retiring) return;
    for (Worker& worker : crew.workers) ask_stop(crew, worker);
  });
}

}  // namespace forkmap::pool
