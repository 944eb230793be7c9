// SPDX-License-Identifier: Apache-2.0
//
// Crews go: a worker retires, a crew is sent home, the pool breaks, is shut down or killed.
#include <algorithm>
#include <utility>

#include "core/pool/engine_core.hpp"
#include "core/process/pidfd.hpp"

namespace forkmap::pool {

namespace {
using namespace std::chrono_literals;
}  // namespace

// Ends everything of a crew at once. Its tasks must have been moved before.
void EngineCore::abandon_crew(Crew& crew) {
  unwatch_crew(crew);
  crew.orphans_entry.reset();
  const bool in_peace = !crew.zygote || crew.zygote->end();  // kills it and its workers
  crew.zygote.reset();
  for (Worker& worker : crew.workers) {
    read_last_output(worker);
    close_output(worker);
  }
  crew.phase = CrewPhase::ended;
  for (Worker& worker : crew.workers) {
    // If the zygote was killed before it had seen to them.
    if (worker.pidfd) process::kill_with_group(worker.pidfd.get(), worker.pid);
    worker.pidfd.reset();
    if (worker.phase != WorkerPhase::gone) worker.phase = WorkerPhase::absent;  // told as dead
    worker.lane.reset();
    worker.cells.clear();
  }
  if (orphans_ != nullptr && !in_peace) orphans_->sweep();
}

// The crew's unstarted tasks go back; each worker leaves after the one it runs, then the zygote.
void EngineCore::send_home(std::shared_ptr<Crew> crew) {
  if (crew->phase == CrewPhase::ended) return;
  crew->phase = CrewPhase::retiring;
  for (Worker& worker : crew->workers) retire(*crew, worker);
  (void)crew->zygote->quit();  // a zygote that is gone is noticed by its pidfd
  leaving_.push_back(std::move(crew));
}

void EngineCore::retire(Crew& /*crew*/, Worker& worker) {
  switch (worker.phase) {
    case WorkerPhase::absent:
      worker.phase = WorkerPhase::gone;
      return;
    case WorkerPhase::spawning:
    case WorkerPhase::starting:
    case WorkerPhase::serving:
      take_back_all(worker);
      worker.phase = WorkerPhase::retiring;
      worker.lane->ask_retire();
      return;
    case WorkerPhase::retiring:
    case WorkerPhase::condemned:
    case WorkerPhase::gone:
      return;
  }
}

bool EngineCore::sweep_leaving() {
  bool any = false;
  for (auto place = leaving_.begin(); place != leaving_.end();) {
    Crew& crew = **place;
    if (crew.phase == CrewPhase::ended) {
      if (crew.zygote) abandon_crew(crew);
      place = leaving_.erase(place);
      any = true;
    } else {
      ++place;
    }
  }
  return any;
}

// The pool is broken from now on, but nothing is freed yet: the caller may be going through workers
// or tasks. finish_break() does that at the end of the step.
void EngineCore::break_pool(const std::string& why) {
  if (broken()) return;
  broken_why_ = why;
  break_due_ = true;
}

// True if the pool broke in this step.
bool EngineCore::finish_break() {
  if (!std::exchange(break_due_, false)) return false;
  end_all_as(ErrorKind::not_run, "not run: the pool broke: " + broken_why_);
  return true;
}

// Every item that is under way gets this outcome; sources are not asked any more.
void EngineCore::end_all_as(ErrorKind kind, const std::string& message) {
  for_each_crew([&](Crew& crew) {
    collect(crew);
    for (Worker& worker : crew.workers) {
      if (!worker.lane) continue;
      // Of one that could not be killed nothing is touched but what the host knows of it.
      if (worker.phase != WorkerPhase::gone) take_back_all(worker);
      for (TaskInCell& cell : worker.cells) {
        if (!cell.task.map) continue;
        // What runs is not waited for: its outcome is this one.
        hold_window(worker, cell);
        pending_.push_back(std::move(cell.task));
        cell.task = Task{};
      }
    }
  });
  std::deque<Task> tasks = std::exchange(pending_, {});
  for (Task& task : stale_) tasks.push_back(std::move(task));
  stale_.clear();
  for (const Task& task : tasks) ledger_.fail(task, kind, message);
  ledger_.end_all(kind, message);
  if (serving_ && serving_->phase != CrewPhase::ended) abandon_crew(*serving_);
  if (incoming_) abandon_crew(*incoming_);
  incoming_.reset();
  for (const auto& crew : leaving_) {
    if (crew->phase != CrewPhase::ended) abandon_crew(*crew);
  }
  leaving_.clear();
}

void EngineCore::shutdown(Pending pending) {
  require_owner();
  if (closed_) return;
  if (pending == Pending::cancel) {
    for (const auto& map : ledger_.maps().all()) cancel(*map, true);
  }
  while (!broken() && !ledger_.maps().all_settled()) {
    // A map that is bounded by what nobody reads can only be ended by cancelling it.
    const bool moved = wait_step(100ms, -1);
    if (!moved && !work_is_out() && pending_.empty()) {
      for (const auto& map : ledger_.maps().all()) {
        if (!map->settled() && !map->source_paused) cancel(*map, true);
      }
    }
  }
  closed_ = true;
  if (incoming_) {
    abandon_crew(*incoming_);
    incoming_.reset();
  }
  if (serving_ && serving_->phase != CrewPhase::ended) send_home(std::move(serving_));
  const auto patience = Clock::now() + 5s;
  while (!leaving_.empty() && Clock::now() < patience) wait_step(patience - Clock::now(), -1);
  for (const auto& crew : leaving_) abandon_crew(*crew);
  leaving_.clear();
  ledger_.maps().clear();
}

void EngineCore::kill() {
  require_owner();
  if (closed_) return;
  if (broken_why_.empty()) broken_why_ = "it was killed";
  end_all_as(ErrorKind::cancelled, "cancelled: the pool was killed");
}

}  // namespace forkmap::pool
