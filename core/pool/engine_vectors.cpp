// SPDX-License-Identifier: Apache-2.0
//
// Vectorized functions: when they are called for each item alone, and what follows a death inside a
// call for many.
#include <string>
#include <utility>

#include "core/pool/engine_core.hpp"

namespace forkmap::pool {

// A call of many items may be repeated for some of them; that is excluded by once. And a function
// that has shown that it kills workers is not given many any more.
bool EngineCore::runs_item_by_item(const Task& task) const {
  const plugin::FunctionEntry& function = task.map->function();
  if (!function.vectorized) return false;
  if (task.item_by_item || ledger_.runs_once(*task.map)) return true;
  const auto crashes = vector_crashes_.find(function.number);
  return crashes != vector_crashes_.end() && crashes->second >= kVectorCrashLimit;
}

// A worker died with `complete` items of a task done. False: a single item ran, which is the
// culprit. Otherwise a vectorized function ran many: they are run again item by item to find the
// culprit. That is no attempt of any, and it has an end, since the same items die in this way only
// once.
bool EngineCore::settle_vector_call(const Task& task, std::uint32_t complete, const Worker& worker,
                                    const DeathReport& report, std::vector<Task>& moved) {
  const plugin::FunctionEntry& function = task.map->function();
  if (!function.vectorized || task.item_by_item || task.count - complete < 2) return false;
  Task rest = sub_task(task, complete, task.count - complete);
  ledger_.end(task);
  if (task.map->cancelling && !task.map->cancelled) {
    ledger_.fail(rest, ErrorKind::cancelled, "cancelled while it ran; its worker was stopped");
    return true;
  }
  if (report.cause == DeathCause::own && !task.map->cancelled) {
    (void)tell_crash(worker, rest, report, false);
    rest.item_by_item = true;
    rest.home = worker.id.slot;
    note_vector_crash(function, report);
  }
  moved.push_back(std::move(rest));
  return true;
}

void EngineCore::note_vector_crash(const plugin::FunctionEntry& function,
                                   const DeathReport& report) {
  const int crashes = ++vector_crashes_[function.number];
  if (crashes != kVectorCrashLimit || !settings_.options().notice) return;
  settings_.notice("workers died in " + std::to_string(crashes) +
                   " calls of the vectorized function " + function.full_name + " (the last: " +
                   report.how + "); it is called for each item alone from now on, which is slower");
}

}  // namespace forkmap::pool
