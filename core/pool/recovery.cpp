// SPDX-License-Identifier: Apache-2.0
#include "core/pool/recovery.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <utility>

#include "core/base/death_text.hpp"
#include "core/pool/crash_description.hpp"
#include "core/process/exit_status.hpp"
#include "core/worker/worker_end.hpp"

namespace forkmap::pool {

namespace {

bool is_of_timer(int wait_status) noexcept {
  if (!WIFSIGNALED(wait_status)) return false;
  const int signal = WTERMSIG(wait_status);
  return signal == SIGALRM || signal == SIGVTALRM || signal == SIGPROF;
}

bool is_sigkill(int wait_status) noexcept {
  return WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL;
}

}  // namespace

DeathReport Recovery::report_of(const WorkerSlot& worker, const process::Event& event) {
  DeathReport report{DeathCause::own, process::wait_status_text(event.status), event.status, false};
  switch (event.cause) {
    case process::ExitCause::own:
      if (is_sigkill(event.status) && oom_watch_.saw_kill()) {
        report.how += ", by the system, which was out of memory (its cgroup counts an oom_kill)";
      }
      break;
    case process::ExitCause::asked_kill:
      if (worker.life.kill_reason != KillReason::corrupt_lane) report.cause = DeathCause::pool;
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
  if (worker.life.kill_reason == KillReason::corrupt_lane) {
    report.how = "killed by the pool because its lane was found corrupt";
  }
  return report;
}

Recovery::End Recovery::settle_exit(const Crew& crew, WorkerSlot& worker,
                                    const process::Event& event, Clock::time_point now) {
  DeathReport report = report_of(worker, event);
  const bool in_start =
      worker.phase() == WorkerPhase::starting || worker.phase() == WorkerPhase::spawning;
  if (in_start) report.cause = DeathCause::start_failed;
  const lane::WorkerWords& words = worker.lane->view().worker_words();
  std::string hook = in_start ? left_message(words) : "";
  const bool was_leaving = worker.phase() == WorkerPhase::retiring;
  std::optional<std::string> bad_end;
  if (was_leaving && event.cause == process::ExitCause::own) {
    bad_end = bad_end_text(words, worker.life.pid, event.status, report.how);
  }
  CrashReporter::read(crew, worker, event, report);
  pipes_.tell_last_printed(worker, report);
  const bool item_ran = recover(crew, worker, report);
  events_.tell(WorkerGone{.worker = {worker.number(), worker.life.pid},
                          .end = end_of(crew, worker, event),
                          .how = report.how,
                          .items = worker.life.items_done,
                          .user_time = std::chrono::microseconds(event.user_time_us),
                          .system_time = std::chrono::microseconds(event.system_time_us),
                          .max_resident_bytes = event.max_resident_kib * 1024,
                          .at = now});
  if (bad_end && !item_ran && settings_.options().notice && !std::exchange(told_bad_end_, true)) {
    settings_.notice(*bad_end);
  }
  // It was asked to leave, or had just finished the item that it was stopped for.
  const bool by_pool = was_leaving || event.cause == process::ExitCause::time_limit;
  if (by_pool && !item_ran) report.cause = DeathCause::pool;
  return {.death = {.cause = report.cause,
                    .has_culprit = item_ran,
                    .progress = worker.life.items_done > 0,  // what was recovered, too
                    .by_sigkill = is_sigkill(event.status)},
          .how = item_ran ? report.how : CrashReporter::how_and_where(report),
          .hook = std::move(hook)};
}

void Recovery::settle_killed(const Crew& crew, WorkerSlot& worker, const std::string& how) {
  if (!worker.lane) return;
  const DeathReport report{DeathCause::zygote_gone, how, 0};
  (void)recover(crew, worker, report);
}

// The worker's phase is as it was before its end.
WorkerEnd Recovery::end_of(const Crew& crew, const WorkerSlot& worker,
                           const process::Event& event) const {
  if (worker.phase() == WorkerPhase::spawning || worker.phase() == WorkerPhase::starting) {
    return WorkerEnd::start_failed;
  }
  switch (event.cause) {
    case process::ExitCause::time_limit:
      return WorkerEnd::timed_out;
    case process::ExitCause::asked_stop:
      return WorkerEnd::stopped;
    case process::ExitCause::asked_kill:
      return worker.life.kill_reason == KillReason::corrupt_lane ? WorkerEnd::died
                                                                 : WorkerEnd::killed;
    case process::ExitCause::own:
    case process::ExitCause::stop_grace:
      break;
  }
  if (worker.phase() != WorkerPhase::retiring || event.status != 0) return WorkerEnd::died;
  const bool is_replaced = !crews_.staff().is_closed() && crew.phase == CrewPhase::serving &&
                           worker.number() < crews_.target();
  return is_replaced ? WorkerEnd::recycled : WorkerEnd::left;
}

// Everything that the dead worker held is settled or moved; its lane is given up. True: an item
// ran.
bool Recovery::recover(const Crew& crew, WorkerSlot& worker, const DeathReport& report) {
  pipes_.read_last(worker);
  pipes_.close(worker);
  Case dead{crew, worker, report};
  for (const lane::Remains& remains : worker.lane->post_mortem()) {
    if (!worker.cells[remains.cell].task.map) continue;  // taken back or settled before
    settle_remains(dead, remains);
  }
  for (auto task = dead.moved.rbegin(); task != dead.moved.rend(); ++task) {
    if (!ledger_.settle_unwanted(*task)) backlog_.put_front(std::move(*task));
  }
  backlog_.keep_rows_of(*worker.lane);
  stale_.keep_rows_of(*worker.lane);
  collector_.give_up(worker);
  worker.life.pidfd.reset();
  worker.life.stop_asked.reset();
  worker.life.stopped = false;
  return dead.blamed;
}

void Recovery::settle_remains(Case& dead, const lane::Remains& remains) {
  WorkerSlot& worker = dead.worker;
  TaskInCell& cell = worker.cells[remains.cell];
  const bool believed = worker.life.kill_reason != KillReason::corrupt_lane;
  const std::uint32_t complete = remains.finding.complete;
  switch (remains.finding.verdict) {
    case lane::Verdict::nothing:
      return;
    case lane::Verdict::untouched:
      dead.moved.push_back(take_unstarted(worker, remains.cell, owner_));
      return;
    case lane::Verdict::collected: {
      const lane::Completion completion = worker.lane->completion_of(remains);
      if (believed && completion.completed <= cell.task.count &&
          collector_.take_results(worker, dead.crew.generation, cell, completion)) {
        return;
      }
      break;
    }
    case lane::Verdict::interrupted:
      if (believed && collector_.keep_results(worker, cell, remains.cell, complete, nullptr)) {
        settle_interrupted(dead, cell, complete);
        return;
      }
      break;
    case lane::Verdict::corrupt:
      break;
  }
  settle_suspects(dead, cell);
}

// The first `complete` items of the cell have been kept.
void Recovery::settle_interrupted(Case& dead, TaskInCell& cell, std::uint32_t complete) {
  hold_window(dead.worker, cell, owner_);
  const Task task = std::exchange(cell.task, Task{});
  if (settle_vector_call(dead, task, complete)) return;
  if (complete < task.count) {
    Task culprit = part_of(task, complete, 1);
    culprit.attempts = task.count == 1 ? task.attempts : 0;
    dead.blamed = true;
    settle_culprit(dead, std::move(culprit), dead.report, complete);
  }
  if (complete + 1 < task.count) {
    Task rest = part_of(task, complete + 1, task.count - complete - 1);
    rest.home = dead.worker.id.slot;
    dead.moved.push_back(std::move(rest));
  }
  ledger_.end(task);
}

// False: a single item ran, which is the culprit. Otherwise a vectorized function ran many: they
// are run again item by item to find the culprit. That is no attempt of any, and it has an end,
// since the same items die in this way only once.
bool Recovery::settle_vector_call(Case& dead, const Task& task, std::uint32_t complete) {
  const plugin::FunctionEntry& function = task.map->function();
  if (!function.vectorized || task.item_by_item || task.count - complete < 2) return false;
  dead.blamed = true;
  Task rest = part_of(task, complete, task.count - complete);
  ledger_.end(task);
  if (task.map->cancelling && !task.map->cancelled) {
    ledger_.fail(rest, ErrorKind::cancelled, "cancelled while it ran; its worker was stopped");
    return true;
  }
  if (dead.report.cause == DeathCause::own && !task.map->cancelled) {
    (void)crashes_.tell(dead.worker, rest, dead.report, false);
    rest.item_by_item = true;
    rest.home = dead.worker.id.slot;
    vectors_.note_crash(function, dead.report.how);
  }
  dead.moved.push_back(std::move(rest));
  return true;
}

// Nothing of the cell is believed. The first such task is the suspect: a single item is charged, a
// chunk is run again item by item, so that the next time there is a single one. Every other is
// moved.
void Recovery::settle_suspects(Case& dead, TaskInCell& cell) {
  hold_window(dead.worker, cell, owner_);
  const Task task = std::exchange(cell.task, Task{});
  const bool once = ledger_.runs_once(*task.map);
  if (dead.blamed && !once) {
    dead.moved.push_back(task);
    return;
  }
  dead.blamed = true;
  DeathReport suspect = dead.report;
  suspect.cause = DeathCause::own;
  suspect.by_cancel = false;
  suspect.overrun_limit = {};
  if (task.count > 1 && !once) {
    Task again = task;
    again.accounted_bytes = 0;
    again.one_by_one = true;
    again.home = dead.worker.id.slot;
    dead.moved.push_back(std::move(again));
  } else {
    for (std::uint32_t item = 0; item < task.count; ++item) {
      Task single = part_of(task, item, 1);
      single.attempts = task.count == 1 ? task.attempts : 0;
      settle_culprit(dead, std::move(single), suspect);
    }
  }
  ledger_.end(task);
}

// The item during which the worker died. What is to be run again joins those that move.
void Recovery::settle_culprit(Case& dead, Task task, const DeathReport& report,
                              std::uint32_t before) {
  const std::shared_ptr<Map> map = task.map;
  if (map->cancelled) return ledger_.drop(task);
  if (map->cancelling) {
    ledger_.fail(task, ErrorKind::cancelled, "cancelled while it ran; its worker was stopped");
    return;
  }
  if (ledger_.settle_unwanted(task)) return;
  WorkerSlot& worker = dead.worker;
  const ItemFate fate =
      decide_item(report.cause, task.attempts, ledger_.retries_of(*map), ledger_.runs_once(*map));
  const auto crash = crashes_.tell(worker, task, report, fate == ItemFate::failed);
  ResultBatch times;
  Collector::note_times(worker, task, times);
  if (fate != ItemFate::again_uncharged) {
    events_.tell(ItemLost{.worker = {worker.number(), worker.life.pid},
                          .function = &map->function(),
                          .index = index_of(task),
                          .attempt = task.attempts + 1,
                          .is_final = fate == ItemFate::failed,
                          .begun = times.begun,
                          .ended = times.ended});
  }
  if (fate != ItemFate::failed) {
    if (fate == ItemFate::again_charged) ++task.attempts;
    task.wants_fresh = task.attempts > 0;
    task.home = worker.id.slot;
    dead.moved.push_back(std::move(task));
    return;
  }
  ItemError error = error_of(worker, task, report, before);
  if (crash) {
    error.message += where_text(*crash);
    error.address = crash->address;
    error.place = crash->place;
    error.frames = crash->frames;
  }
  if (worker.life.items_done > 0 && is_of_timer(report.wait_status)) {
    error.message += "; an earlier item of the same worker may have set the timer";
  }
  ledger_.deliver_error(*map, task.first, std::move(error), times);
  ledger_.end(task);
}

ItemError Recovery::error_of(const WorkerSlot& worker, const Task& task, const DeathReport& report,
                             std::uint32_t before) const {
  const Map& map = *task.map;
  const int attempt = task.attempts + 1;
  const std::string pid = std::to_string(worker.life.pid);
  const bool overran = report.overrun_limit.count() > 0;
  std::string message =
      overran ? "it ran longer than " + milliseconds_text(report.overrun_limit) +
                    " (timeout), and worker " + pid + " was killed"
              : "worker " + pid + " " + as_predicate(report.how) + " while the item ran";
  if (ledger_.runs_once(map)) {
    message += "; it is marked once and is not run again";
  } else {
    message += " (attempt " + std::to_string(attempt) + " of " +
               std::to_string(ledger_.retries_of(map) + 1) + ")";
  }
  const ErrorKind kind = overran ? ErrorKind::timed_out : ErrorKind::worker_died;
  ItemError error = Ledger::make_error(task, 0, kind, std::move(message));
  error.attempt = attempt;
  error.pid = worker.life.pid;
  if (WIFSIGNALED(report.wait_status)) error.signal = WTERMSIG(report.wait_status);
  if (WIFEXITED(report.wait_status)) error.exit_status = WEXITSTATUS(report.wait_status);
  error.usage = report.usage;
  const bool has_earlier = worker.life.items_done > 0 && is_of_timer(report.wait_status);
  if (has_earlier && before > 0) error.earlier = index_of(task) - map.request().index_stride;
  error.printed = report.printed;
  error.printed_since = std::min<std::size_t>(report.printed_since, error.index);
  return error;
}

}  // namespace forkmap::pool
