// SPDX-License-Identifier: Apache-2.0
//
// Crews go: a worker retires, a crew is sent home, the pool breaks, is shut down or killed.
#include <algorithm>
#include <utility>

#include "core/base/pidfd.hpp"
#include "core/pool/engine_core.hpp"

namespace forkmap::pool {

namespace {
using namespace std::chrono_literals;

// How often a source that has nothing at hand is asked again.
constexpr auto kSourceInterval = 100ms;
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
    if (worker.pidfd) base::kill_with_group(worker.pidfd.get(), worker.pid);
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
  end_kind_ = kind;
  end_message_ = message;
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
  for (const Task& task : tasks) fail_task(task, kind, message);
  for (const auto& map : maps_.all()) {
    deliver_untaken(map, kind, message);
    map->cut_short = !map->source_ended;
    maps_.end_source(*map);
  }
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
  for (const auto& map : maps_.all()) {
    // A source that is being asked at this moment cannot be waited for: it waits for us.
    if (pending == Pending::cancel || map->filling) cancel(*map, true);
  }
  // Where nothing runs because too much is unread, one map loses what is unread of it, and with
  // that its bound: nobody can read it afterwards. The newest one, since its source may read
  // another.
  const auto forget_a_reader = [this] {
    std::shared_ptr<Map> newest;
    for (const auto& map : maps_.all()) {
      if (map->source_ended || map->source_paused) continue;
      const bool is_held = map->place == MapPlace::held || !may_feed(*map);
      if (is_held && (!newest || map->number > newest->number)) newest = map;
    }
    if (!newest) return;
    newest->unreadable = true;
    unread_bytes_ -= newest->drop_unread();
    maps_.note_read(*newest);
  };
  while (!broken() && !maps_.all_settled()) {
    if (!work_is_out() && pending_.empty()) forget_a_reader();
    wait_step(kSourceInterval, -1);
  }
  closed_ = true;
  if (!broken()) {
    end_kind_ = ErrorKind::cancelled;
    end_message_ = "cancelled: the pool was shut down";
  }
  if (incoming_) {
    abandon_crew(*incoming_);
    incoming_.reset();
  }
  if (serving_ && serving_->phase != CrewPhase::ended) send_home(std::move(serving_));
  const auto patience = Clock::now() + 5s;
  while (!leaving_.empty() && Clock::now() < patience) wait_step(patience - Clock::now(), -1);
  for (const auto& crew : leaving_) abandon_crew(*crew);
  leaving_.clear();
  maps_.clear();
}

void EngineCore::kill() {
  require_owner();
  if (closed_) return;
  if (broken_why_.empty()) broken_why_ = "it was killed";
  end_all_as(ErrorKind::cancelled, "cancelled: the pool was killed");
}

}  // namespace forkmap::pool
