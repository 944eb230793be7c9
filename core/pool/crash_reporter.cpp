// SPDX-License-Identifier: Apache-2.0
#include "core/pool/crash_reporter.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/pool/crash_description.hpp"
#include "core/process/zygote.hpp"

namespace forkmap::pool {

// The worker has ended, and its lane is still there.
void CrashReporter::read(const Crew& crew, const WorkerSlot& worker, const process::Event& event,
                         DeathReport& report) {
  report.usage = {.user_time = std::chrono::microseconds(event.user_time_us),
                  .system_time = std::chrono::microseconds(event.system_time_us),
                  .max_resident_bytes = event.max_resident_kib * 1024};
  report.objects = crew.objects.get();
  if (!worker.lane) return;
  int signal = WIFSIGNALED(event.status) ? WTERMSIG(event.status) : 0;
  if (event.cause == process::ExitCause::time_limit) signal = process::kStackSignal;
  report.crash = lane::read_crash(worker.lane->view(), {worker.life.pid, signal});
}

CrashReport CrashReporter::describe(const WorkerSlot& worker, const Task& task,
                                    const DeathReport& death) const {
  const plugin::FunctionEntry& function = task.map->function();
  CrashReport report;
  report.index = index_of(task);
  report.position = task.first;
  report.map = task.map->number;
  report.count = task.count;
  report.function = function.full_name;
  report.attempt = task.attempts + 1;
  report.attempts = ledger_.runs_once(*task.map) ? 1 : ledger_.retries_of(*task.map) + 1;
  report.worker = worker.number();
  report.pid = worker.life.pid;
  report.how = death.how;
  if (WIFSIGNALED(death.wait_status)) report.signal = WTERMSIG(death.wait_status);
  if (WIFEXITED(death.wait_status)) report.exit_status = WEXITSTATUS(death.wait_status);
  report.usage = death.usage;
  report.printed = death.printed;
  report.printed_since = std::min<std::size_t>(death.printed_since, report.index);
  if (function.plugin != nullptr) {
    report.plugin_path = function.plugin->path;
    report.plugin_build_id = function.plugin->identity.build_id;
  }
  if (death.crash) {
    add_facts(report, *death.crash, *death.objects, function.plugin != nullptr);
  } else {
    report.cause = unseen_cause_text(report);
  }
  return report;
}

// Nothing if that is nobody's crash, or nobody will hear of it.
std::optional<CrashReport> CrashReporter::tell(const WorkerSlot& worker, const Task& task,
                                               const DeathReport& death, bool is_final) const {
  if (death.cause != DeathCause::own) return std::nullopt;
  if (!is_final && !settings_.options().crashed) return std::nullopt;
  CrashReport report = describe(worker, task, death);
  report.is_final = is_final;
  if (settings_.options().crashed) settings_.options().crashed(report);
  return report;
}

// Of a death while no item ran.
std::string CrashReporter::how_and_where(const DeathReport& death) {
  if (!death.crash) return death.how;
  CrashReport report;
  report.signal = death.crash->signal;
  add_facts(report, *death.crash, *death.objects, true);
  return death.how + where_text(report);
}

}  // namespace forkmap::pool
