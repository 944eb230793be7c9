// SPDX-License-Identifier: Apache-2.0
//
// What follows the death of a worker.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <forkmap/error.hpp>
#include <utility>

#include "core/pool/crash_description.hpp"
#include "core/pool/death_text.hpp"
#include "core/pool/engine_core.hpp"
#include "core/pool/worker_end.hpp"
#include "core/process/exit_status.hpp"
#include "core/process/pidfd.hpp"

namespace forkmap::pool {

namespace {

bool is_of_timer(int wait_status) noexcept {
  if (!WIFSIGNALED(wait_status)) return false;
  const int signal = WTERMSIG(wait_status);
  return signal == SIGALRM || signal == SIGVTALRM || signal == SIGPROF;
}

}  // namespace

void EngineCore::handle_exit(Crew& crew, Worker& worker, const process::Event& event) {
  if (worker.phase == WorkerPhase::absent || worker.phase == WorkerPhase::gone) return;
  watch_phases(crew);  // it may have been ready for a moment
  const bool in_start =
      worker.phase == WorkerPhase::starting || worker.phase == WorkerPhase::spawning;
  const bool by_sigkill = WIFSIGNALED(event.status) && WTERMSIG(event.status) == SIGKILL;
  DeathReport report{DeathCause::own, process::wait_status_text(event.status), event.status, false};
  switch (event.cause) {
    case process::ExitCause::own:
      if (by_sigkill && oom_watch_.saw_kill()) {
        report.how += ", by the system, which was out of memory (its cgroup counts an oom_kill)";
      }
      break;
    case process::ExitCause::asked_kill:
      if (worker.condemned != Condemned::corrupt_lane) report.cause = DeathCause::pool;
      break;
    case process::ExitCause::asked_stop:
      report.cause = DeathCause::pool;
      report.by_cancel = true;
      break;
    case process::ExitCause::stop_grace:
      report.how = "stopped for longer than " + milliseconds_text(settings_.options().stop_grace) +
                   " (stop_grace)";
      break;
    case process::ExitCause::time_limit:
      report.overrun_limit = std::chrono::nanoseconds(event.limit_ns);
      report.how = "killed because an item ran longer than " +
                   milliseconds_text(report.overrun_limit) + " (timeout)";
      break;
  }
  if (worker.condemned == Condemned::corrupt_lane) {
    report.how = "killed by the pool because its lane was found corrupt";
  }
  if (in_start) report.cause = DeathCause::start_failed;
  const std::string hook = in_start ? left_message(worker.lane->view().worker_words()) : "";
  const bool was_leaving = worker.phase == WorkerPhase::retiring;
  std::optional<std::string> bad_end;
  if (was_leaving && event.cause == process::ExitCause::own) {
    bad_end =
        bad_end_text(worker.lane->view().worker_words(), worker.pid, event.status, report.how);
  }
  read_crash(crew, worker, event, report);
  tell_last_printed(worker, report);
  const bool item_ran = recover(crew, worker, report);
  const bool progress = worker.items_done > 0;  // counted by the recovery, too
  events_.tell(WorkerGone{.worker = {static_cast<int>(worker.id.slot), worker.pid},
                          .end = end_of(crew, worker, event),
                          .how = report.how,
                          .items = worker.items_done,
                          .user_time = std::chrono::microseconds(event.user_time_us),
                          .system_time = std::chrono::microseconds(event.system_time_us),
                          .max_resident_bytes = event.max_resident_kib * 1024,
                          .at = Clock::now()});
  if (bad_end && !item_ran && settings_.options().notice && !std::exchange(told_bad_end_, true)) {
    settings_.notice(*bad_end);
  }
  // It was asked to leave, or had just finished the item that it was stopped for.
  const bool by_pool = was_leaving || event.cause == process::ExitCause::time_limit;
  if (by_pool && !item_ran) report.cause = DeathCause::pool;
  collect(crew);  // what its siblings have settled meanwhile counts as progress of the pool
  replace_or_not(crew, worker, {report.cause, item_ran, progress, tasks_settled_, by_sigkill},
                 item_ran ? report.how : how_and_where(report), hook);
}

// Everything that the dead worker held is settled or moved; its lane is given up.
bool EngineCore::recover(Crew& crew, Worker& worker, const DeathReport& report) {
  read_last_output(worker);
  close_output(worker);
  bool blamed = false;
  std::vector<Task> moved;
  for (const lane::Remains& remains : worker.lane->post_mortem()) {
    if (!worker.cells[remains.cell].task.map) continue;  // taken back or settled before
    settle_remains(crew, worker, remains, report, moved, blamed);
  }
  for (auto task = moved.rbegin(); task != moved.rend(); ++task) {
    if (task->map->cancelled) {
      ledger_.drop(*task);
    } else if (task->map->cancelling) {
      ledger_.fail(*task, ErrorKind::cancelled, "cancelled before it ran");
    } else {
      retries_wait_ = retries_wait_ || task->wants_fresh;
      pending_.push_front(std::move(*task));
    }
  }
  keep_rows_of(*worker.lane);
  spent_lanes_.add(worker.lane);
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
        settle_suspects(worker, cell, report, moved, blamed);
      }
      return;
    }
    case lane::Verdict::interrupted:
      break;
    case lane::Verdict::corrupt:
      settle_suspects(worker, cell, report, moved, blamed);
      return;
  }
  const std::uint32_t complete = remains.finding.complete;
  if (!believed || !keep_results(worker, cell, remains.cell, complete, nullptr)) {
    settle_suspects(worker, cell, report, moved, blamed);
    return;
  }
  hold_window(worker, cell);
  if (settle_vector_call(cell.task, complete, worker, report, moved)) {
    blamed = true;
  } else if (complete < cell.task.count) {
    Task culprit = sub_task(cell.task, complete, 1);
    culprit.attempts = cell.task.count == 1 ? cell.task.attempts : 0;
    blamed = true;
    settle_culprit(worker, std::move(culprit), report, moved, complete);
    if (complete + 1 < cell.task.count) {
      Task rest = sub_task(cell.task, complete + 1, cell.task.count - complete - 1);
      rest.home = worker.id.slot;
      moved.push_back(std::move(rest));
    }
    ledger_.end(cell.task);
  } else {
    ledger_.end(cell.task);
  }
  cell.task = Task{};
}

// The item during which the worker died. What is to be run again joins `moved`.
void EngineCore::settle_culprit(Worker& worker, Task task, const DeathReport& report,
                                std::vector<Task>& moved, std::uint32_t before) {
  const std::shared_ptr<Map> map = task.map;
  if (map->cancelled) {
    ledger_.drop(task);
    return;
  }
  if (map->cancelling) {
    ledger_.fail(task, ErrorKind::cancelled, "cancelled while it ran; its worker was stopped");
    return;
  }
  const ItemFate fate =
      decide_item(report.cause, task.attempts, ledger_.retries_of(*map), ledger_.runs_once(*map));
  const auto crash = tell_crash(worker, task, report, fate == ItemFate::failed);
  ResultBatch times;
  note_times(worker, task, times);
  if (fate != ItemFate::again_uncharged) {
    tell_lost(worker, task, times, fate == ItemFate::failed);
  }
  switch (fate) {
    case ItemFate::again_charged:
      ++task.attempts;
      task.wants_fresh = true;
      task.home = worker.id.slot;
      moved.push_back(std::move(task));
      return;
    case ItemFate::again_uncharged:
      task.wants_fresh = task.attempts > 0;
      task.home = worker.id.slot;
      moved.push_back(std::move(task));
      return;
    case ItemFate::failed:
      break;
  }
  const int attempt = task.attempts + 1;
  const bool overran = report.overrun_limit.count() > 0;
  std::string message = overran ? "it ran longer than " + milliseconds_text(report.overrun_limit) +
                                      " (timeout), and worker " + std::to_string(worker.pid) +
                                      " was killed"
                                : "worker " + std::to_string(worker.pid) + " " +
                                      as_predicate(report.how) + " while the item ran";
  if (ledger_.runs_once(*map)) {
    message += "; it is marked once and is not run again";
  } else {
    message += " (attempt " + std::to_string(attempt) + " of " +
               std::to_string(ledger_.retries_of(*map) + 1) + ")";
  }
  if (crash) message += where_text(*crash);
  const bool has_earlier = worker.items_done > 0 && is_of_timer(report.wait_status);
  if (has_earlier) message += "; an earlier item of the same worker may have set the timer";
  const ErrorKind kind = overran ? ErrorKind::timed_out : ErrorKind::worker_died;
  ItemError error = Ledger::make_error(*map, task.first, kind, std::move(message));
  error.attempt = attempt;
  error.pid = worker.pid;
  if (WIFSIGNALED(report.wait_status)) error.signal = WTERMSIG(report.wait_status);
  if (WIFEXITED(report.wait_status)) error.exit_status = WEXITSTATUS(report.wait_status);
  error.usage = report.usage;
  if (has_earlier && before > 0) error.earlier = map->index_of(task.first - 1);
  error.printed = report.printed;
  error.printed_since = std::min<std::size_t>(report.printed_since, error.index);
  if (crash) {
    error.address = crash->address;
    error.place = crash->place;
    error.frames = crash->frames;
  }
  ledger_.deliver_error(*map, task.first, std::move(error), times);
  ledger_.end(task);
}

// Nothing of the cell is believed. The first such task is the suspect: a single item is charged, a
// chunk is run again item by item, so that the next time there is a single one. Every other is
// moved.
void EngineCore::settle_suspects(Worker& worker, TaskInCell& cell, const DeathReport& report,
                                 std::vector<Task>& moved, bool& blamed) {
  hold_window(worker, cell);
  const Task task = std::move(cell.task);
  cell.task = Task{};
  const bool once = ledger_.runs_once(*task.map);
  if (blamed && !once) {
    moved.push_back(task);
    return;
  }
  blamed = true;
  DeathReport suspect = report;
  suspect.cause = DeathCause::own;
  suspect.by_cancel = false;
  suspect.overrun_limit = {};
  if (task.count > 1 && !once) {
    Task again = task;
    again.accounted_bytes = 0;
    again.one_by_one = true;
    again.home = worker.id.slot;
    moved.push_back(std::move(again));
    ledger_.end(task);
    return;
  }
  for (std::uint32_t item = 0; item < task.count; ++item) {
    Task single = sub_task(task, item, 1);
    single.attempts = task.count == 1 ? task.attempts : 0;
    settle_culprit(worker, std::move(single), suspect, moved);
  }
  ledger_.end(task);
}

void EngineCore::replace_or_not(Crew& crew, Worker& worker, const Death& death,
                                const std::string& how, const std::string& hook) {
  worker.phase = WorkerPhase::gone;
  if (broken() || closed_ || crew.phase == CrewPhase::retiring || crew.phase == CrewPhase::ended ||
      worker.id.slot >= static_cast<std::size_t>(target_workers_)) {
    return;
  }
  const RestartDecision decision = decide_restart(worker.restart, death);
  worker.restart = decision.state;
  const std::string reason =
      !hook.empty() ? hook + ": the worker " + as_predicate(how)
      : death.cause == DeathCause::start_failed
          ? "a worker " + as_predicate(how) + " before it was ready"
          : "workers die without having done anything: the last " + as_predicate(how);
  // A crew that comes up needs no second try to know that the hook ends its process.
  if (!hook.empty() && !death.by_sigkill && &crew == incoming_.get()) {
    crew.failure = reason;
    return;
  }
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

}  // namespace forkmap::pool
