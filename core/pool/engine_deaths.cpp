// SPDX-License-Identifier: Apache-2.0
//
// What follows the death of a worker or a zygote.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <forkmap/error.hpp>
#include <utility>

#include "core/pool/engine_core.hpp"
#include "core/process/exit_status.hpp"
#include "core/process/pidfd.hpp"

namespace forkmap::pool {

namespace {

using namespace std::chrono_literals;

constexpr auto kDeathPatience = 10s;

// "was killed by SIGKILL", "exited with status 3".
std::string as_predicate(const std::string& how) {
  return how.starts_with("exited") || how.starts_with("ended") ? how : "was " + how;
}

// Whether the end came; L5: nothing of the lane is looked at before.
bool wait_for_death(const Worker& worker) {
  pollfd ended{worker.pidfd.get(), POLLIN, 0};
  const auto deadline = Clock::now() + kDeathPatience;
  while (Clock::now() < deadline) {
    const int found = ::poll(&ended, 1, 100);
    if (found > 0) return true;
  }
  return false;
}

}  // namespace

void EngineCore::handle_exit(Crew& crew, Worker& worker, const process::Event& event) {
  if (worker.phase == WorkerPhase::absent || worker.phase == WorkerPhase::gone) return;
  watch_phases(crew);  // it may have been ready for a moment
  const bool in_start =
      worker.phase == WorkerPhase::starting || worker.phase == WorkerPhase::spawning;
  DeathReport report{DeathCause::own, process::wait_status_text(event.status), event.status, false};
  switch (event.cause) {
    case process::ExitCause::own:
      break;
    case process::ExitCause::asked_kill:
      if (worker.condemned != Condemned::corrupt_lane) report.cause = DeathCause::pool;
      break;
    case process::ExitCause::asked_stop:
      report.cause = DeathCause::pool;
      report.by_cancel = true;
      break;
    case process::ExitCause::stop_grace:
      report.how =
          "stopped for longer than " +
          std::to_string(
              std::chrono::duration_cast<std::chrono::milliseconds>(options_.stop_grace).count()) +
          " ms (stop_grace)";
      break;
  }
  if (worker.condemned == Condemned::corrupt_lane) {
    report.how = "killed by the pool because its lane was found corrupt";
  }
  if (in_start) report.cause = DeathCause::start_failed;
  const bool peaceful = worker.phase == WorkerPhase::retiring && WIFEXITED(event.status) &&
                        WEXITSTATUS(event.status) == 0;
  const bool item_ran = recover(crew, worker, report);
  const bool progress = worker.items_done > 0;                 // counted by the recovery, too
  if (peaceful && !item_ran) report.cause = DeathCause::pool;  // it was asked to leave
  collect(crew);  // what its siblings have settled meanwhile counts as progress of the pool
  const bool by_sigkill = WIFSIGNALED(event.status) && WTERMSIG(event.status) == SIGKILL;
  replace_or_not(crew, worker, {report.cause, item_ran, progress, tasks_settled_, by_sigkill},
                 report.how);
}

// Everything that the dead worker held is settled or moved; its lane is given up.
bool EngineCore::recover(Crew& crew, Worker& worker, const DeathReport& report) {
  if (worker.output) {
    read_output(worker, true);
    ::epoll_ctl(service_epoll_.get(), EPOLL_CTL_DEL, worker.output.get(), nullptr);
    worker.output.reset();
  }
  bool blamed = false;
  std::vector<Task> moved;
  for (const lane::Remains& remains : worker.lane->post_mortem()) {
    if (!worker.cells[remains.cell].task.map) continue;  // taken back or settled before
    settle_remains(crew, worker, remains, report, moved, blamed);
  }
  for (auto task = moved.rbegin(); task != moved.rend(); ++task) {
    if (task->map->cancelled) {
      drop_task(*task);
    } else if (task->map->cancelling) {
      fail_task(*task, ErrorKind::cancelled, "cancelled before it ran");
    } else {
      pending_.push_front(std::move(*task));
    }
  }
  worker.lane.reset();
  worker.cells.clear();
  worker.pidfd.reset();
  worker.stop_asked.reset();
  worker.stopped = false;
  return blamed;
}

void EngineCore::settle_remains(Crew& crew, Worker& worker, const lane::Remains& remains,
                                const DeathReport& report, std::vector<Task>& moved, bool& blamed) {
  TaskInCell& cell = worker.cells[remains.cell];
  const bool believed = worker.condemned != Condemned::corrupt_lane;
  switch (remains.finding.verdict) {
    case lane::Verdict::nothing:
      return;
    case lane::Verdict::untouched:
      moved.push_back(task_from_cell(worker, remains.cell));
      return;
    case lane::Verdict::collected: {
      const lane::Completion completion = worker.lane->completion_of(remains);
      if (!believed || completion.completed > cell.task.count ||
          !take_results(crew, worker, cell, completion)) {
        settle_suspects(worker, cell, report, blamed);
      }
      return;
    }
    case lane::Verdict::interrupted:
      break;
    case lane::Verdict::corrupt:
      settle_suspects(worker, cell, report, blamed);
      return;
  }
  const std::uint32_t complete = remains.finding.complete;
  if (!believed || !keep_results(worker, cell, remains.cell, complete, nullptr)) {
    settle_suspects(worker, cell, report, blamed);
    return;
  }
  cell.task.map->in_flight_items -= complete;
  hold_window(worker, cell);
  if (settle_vector_call(cell.task, complete, report, moved)) {
    blamed = true;
  } else if (complete < cell.task.count) {
    Task culprit = sub_task(cell.task, complete, 1);
    culprit.attempts = cell.task.count == 1 ? cell.task.attempts : 0;
    blamed = true;
    if (complete + 1 < cell.task.count) {
      moved.push_back(sub_task(cell.task, complete + 1, cell.task.count - complete - 1));
    }
    end_task(cell.task);
    settle_culprit(worker, std::move(culprit), report);
  } else {
    end_task(cell.task);
  }
  cell.task = Task{};
}

// The item during which the worker died.
void EngineCore::settle_culprit(Worker& worker, Task task, const DeathReport& report) {
  const std::shared_ptr<Map> map = task.map;
  if (map->cancelled) {
    drop_task(task);
    return;
  }
  if (map->cancelling) {
    fail_task(task, ErrorKind::cancelled, "cancelled while it ran; its worker was stopped");
    return;
  }
  switch (decide_item(report.cause, task.attempts, retries_of(*map), runs_once(*map))) {
    case ItemFate::again_charged:
      ++task.attempts;
      task.wants_fresh = true;
      pending_.push_front(std::move(task));
      return;
    case ItemFate::again_uncharged:
      pending_.push_front(std::move(task));
      return;
    case ItemFate::failed:
      break;
  }
  const int attempt = task.attempts + 1;
  std::string message = "worker " + std::to_string(worker.pid) + " " + as_predicate(report.how) +
                        " while the item ran";
  if (runs_once(*map)) {
    message += "; it is marked once and is not run again";
  } else {
    message += " (attempt " + std::to_string(attempt) + " of " +
               std::to_string(retries_of(*map) + 1) + ")";
  }
  ItemError error = make_error(*map, task.first, ErrorKind::worker_died, std::move(message));
  error.attempt = attempt;
  error.pid = worker.pid;
  if (WIFSIGNALED(report.wait_status)) error.signal = WTERMSIG(report.wait_status);
  if (WIFEXITED(report.wait_status)) error.exit_status = WEXITSTATUS(report.wait_status);
  ResultBatch times;
  note_times(worker, task, times);
  deliver_error(map, task.first, std::move(error), times);
  map->in_flight_items -= 1;
  end_task(task);
}

// Nothing of the cell is believed. The first such task is the suspect: a single item is charged, a
// chunk is run again item by item, so that the next time there is a single one. Every other is
// moved.
void EngineCore::settle_suspects(Worker& worker, TaskInCell& cell, const DeathReport& report,
                                 bool& blamed) {
  hold_window(worker, cell);
  const Task task = std::move(cell.task);
  cell.task = Task{};
  const bool once = runs_once(*task.map);
  if (blamed && !once) {
    pending_.push_front(task);
    return;
  }
  blamed = true;
  const DeathReport suspect{DeathCause::own, report.how, report.wait_status, false};
  for (std::uint32_t item = task.count; item > 0; --item) {
    Task single = sub_task(task, item - 1, 1);
    single.attempts = task.count == 1 ? task.attempts : 0;
    if (task.count == 1 || once) {
      settle_culprit(worker, std::move(single), suspect);
    } else {
      pending_.push_front(std::move(single));
    }
  }
  end_task(task);
}

void EngineCore::replace_or_not(Crew& crew, Worker& worker, const Death& death,
                                const std::string& how) {
  worker.phase = WorkerPhase::gone;
  if (broken() || closed_ || crew.phase == CrewPhase::retiring || crew.phase == CrewPhase::ended ||
      worker.id.slot >= static_cast<std::size_t>(target_workers_)) {
    return;
  }
  const RestartDecision decision = decide_restart(worker.restart, death);
  worker.restart = decision.state;
  const std::string reason =
      death.cause == DeathCause::start_failed
          ? "a worker " + as_predicate(how) + " before it was ready"
          : "workers die without having done anything: the last " + as_predicate(how);
  switch (decision.restart) {
    case Restart::give_up:
      if (&crew == incoming_.get()) {
        crew.failure = reason;
      } else {
        break_pool(reason + " (" + std::to_string(kFruitlessDeathLimit) + " in a row)");
      }
      return;
    case Restart::as_shortage:
      note_shortage(worker, reason);
      return;
    case Restart::now:
      worker.spawn_at = {};
      break;
    case Restart::later:
      worker.spawn_at = Clock::now() + decision.delay;
      break;
  }
  worker.phase = WorkerPhase::absent;
  if (worker.spawn_at == Clock::time_point{}) (void)spawn(crew, worker);
}

// A zygote is gone, and with it the only one who could fork workers like those. They have been told
// to die by the kernel; the host makes sure, then looks at their lanes.
void EngineCore::zygote_ended(Crew& crew) {
  const std::string how = crew.zygote->end_text();
  const CrewPhase phase = std::exchange(crew.phase, CrewPhase::ended);
  for (Worker& worker : crew.workers) {
    if (!worker.alive() && worker.phase != WorkerPhase::spawning) continue;
    if (worker.pidfd) {
      process::kill_with_group(worker.pidfd.get(), worker.pid);
      if (!wait_for_death(worker)) {
        // It cannot be killed (an uninterruptible system call): its lane must not be touched.
        worker.phase = WorkerPhase::gone;
        break_pool("worker " + std::to_string(worker.pid) +
                   " could not be killed after its zygote " + how);
        continue;
      }
      // A host that is a subreaper or process 1 has inherited it; elsewhere there is none to reap.
      siginfo_t ignored{};
      (void)::waitid(P_PIDFD, static_cast<id_t>(worker.pidfd.get()), &ignored, WEXITED | WNOHANG);
    }
    if (worker.lane) {
      recover(crew, worker,
              {DeathCause::zygote_gone, "killed with its zygote, which was " + how, 0, false});
    }
    worker.phase = WorkerPhase::gone;
  }
  const bool was_leaving = phase == CrewPhase::retiring;
  if (was_leaving || broken() || closed_) return;
  const bool in_preload = phase == CrewPhase::preloading && crew.preload_running > 0;
  if (&crew == incoming_.get() && (in_preload || !crew.failure.empty())) {
    if (crew.failure.empty()) {
      crew.failure = "preload of " + crew.preload_names[crew.preload_running - 1] +
                     ": the zygote " + as_predicate(how);
    }
    return;
  }
  if (&crew == incoming_.get()) {
    abandon_crew(crew);
    incoming_.reset();
  }
  if (incoming_) return;  // its successor is on the way
  if (!may_fork_again(crew, how)) return;
  const RestartDecision decision =
      decide_restart(zygote_restart_, {DeathCause::own, false, false, tasks_settled_});
  zygote_restart_ = decision.state;
  if (decision.restart == Restart::give_up) {
    break_pool("its zygotes end without any work being done: the last " + as_predicate(how));
    return;
  }
  // The first time at once; what follows is a storm, or a machine in need.
  recrew_at_ = Clock::now();
  if (decision.state.fruitless_deaths > 1) *recrew_at_ += decision.delay;
}

// Whether workers like those of the serving crew can still be forked; if not, the pool breaks.
bool EngineCore::may_fork_again(const Crew& dead, const std::string& how) {
  const bool serves = serving_ && serving_->phase == CrewPhase::serving;
  if (serves || !serving_ || table_->generation() == serving_->generation) return true;
  break_pool("its zygote " + as_predicate(how) +
             ", and the registry has moved on from generation " + std::to_string(dead.generation) +
             " to " + std::to_string(table_->generation()) +
             ", so that workers like those cannot be forked again; make a new pool");
  return false;
}

// Forks the successor of a crew whose zygote is gone.
void EngineCore::recrew() {
  if (!recrew_at_ || incoming_ || broken() || closed_) return;
  if (Clock::now() < *recrew_at_) return;
  try {
    incoming_ = start_crew();
    recrew_at_.reset();
    recrew_tries_ = 0;
  } catch (const SystemError& error) {
    const auto now = Clock::now();
    if (!shortage_since_) shortage_since_ = now;
    recrew_at_ = now + shortage_delay(recrew_tries_++);
    if (now - *shortage_since_ >= options_.shortage_timeout) {
      break_pool(std::string("no zygote could be forked: ") + error.what());
    }
  }
}

}  // namespace forkmap::pool
