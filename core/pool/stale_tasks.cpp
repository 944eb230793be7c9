// SPDX-License-Identifier: Apache-2.0
#include "core/pool/stale_tasks.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/pool/cell_tasks.hpp"

namespace forkmap::pool {

namespace {

std::string stale_text(const plugin::FunctionEntry& function, const StaleTask& stale) {
  const std::string from =
      function.plugin == nullptr
          ? std::string("was added by the program")
          : "of plugin " + function.plugin->name + " (" + function.plugin->path + ") was loaded";
  return "function " + function.full_name + " " + from + " in generation " +
         std::to_string(function.generation) +
         ", after this pool's workers were forked from generation " + std::to_string(stale.held) +
         "; worker " + std::to_string(stale.pid) +
         " looked in its own registry and does not have it. Load the plugin before the pool is " +
         "made, make a second pool, or refork this one";
}

}  // namespace

// The crew that serves does not have its function.
bool StaleTasks::needs_crew(const StaleTask& stale) const {
  return crews_.generation() < stale.task.map->function().generation;
}

void StaleTasks::settle_all(Clock::time_point now) {
  if (crews_.has_failed()) return;  // they end with the pool
  const bool may_renew = settings_.options().on_stale == OnStale::refork && !crews_.is_over();
  const plugin::Generation newest = settings_.table().generation();
  const auto wants_crew = [&](const StaleTask& stale) {
    return may_renew && !stale.task.map->cancelled && needs_crew(stale);
  };
  if (!crews_.is_coming_up() && renewed_for_ != newest && std::ranges::any_of(tasks_, wants_crew)) {
    renewed_for_ = newest;
    crews_.renew(CrewReason::stale, now);
  }
  std::vector<StaleTask> waiting;
  std::vector<Task> ready;
  for (StaleTask& stale : std::exchange(tasks_, {})) {
    // Of one that is not newer than its worker nobody knows better.
    const bool is_newer = stale.task.map->function().generation > stale.held;
    if (wants_crew(stale) && crews_.is_coming_up()) {
      stale.waited = true;
      waiting.push_back(std::move(stale));
    } else if (may_renew && is_newer && !stale.task.map->cancelled && !needs_crew(stale)) {
      ready.push_back(std::move(stale.task));
    } else {
      // It may come once the crew that was forked for such tasks has failed.
      stale.waited = stale.waited || (wants_crew(stale) && renewed_for_ == newest);
      fail(stale);
    }
  }
  tasks_ = std::move(waiting);
  backlog_.put_front(std::move(ready));
}

void StaleTasks::fail(const StaleTask& stale) {
  const plugin::FunctionEntry& function = stale.task.map->function();
  ItemError error;
  error.kind = ErrorKind::stale_registry;
  error.needed = function.generation;
  error.held = stale.held;
  if (stale.waited) {
    error.message =
        "function " + function.full_name +
        " is newer than the pool, and the pool could not be renewed: " + crews_.start_failure();
  } else {
    error.message = stale_text(function, stale);
    error.pid = stale.pid;
  }
  ledger_.fail(stale.task, error);
}

std::vector<Task> StaleTasks::take_of(const Map& map) {
  std::vector<Task> taken;
  std::vector<StaleTask> kept;
  for (StaleTask& stale : tasks_) {
    if (stale.task.map.get() == &map) {
      taken.push_back(std::move(stale.task));
    } else {
      kept.push_back(std::move(stale));
    }
  }
  tasks_ = std::move(kept);
  return taken;
}

std::vector<Task> StaleTasks::take_all() {
  std::vector<Task> taken;
  for (StaleTask& stale : std::exchange(tasks_, {})) taken.push_back(std::move(stale.task));
  return taken;
}

void StaleTasks::keep_rows_of(const lane::HostLane& lane) {
  for (StaleTask& stale : tasks_) {
    if (stale.task.window && stale.task.window->is_of(lane)) keep_rows(stale.task);
  }
}

}  // namespace forkmap::pool
