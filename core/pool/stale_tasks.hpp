// SPDX-License-Identifier: Apache-2.0
//
// Tasks whose function is newer than the worker that was to run it: it has looked for the function
// in the registry that it inherited, and it is not there. With OnStale::refork each waits for a
// crew that has it, else it fails.
#pragma once

#include <optional>
#include <vector>

#include "core/map/ledger.hpp"
#include "core/pool/backlog.hpp"
#include "core/pool/crews.hpp"

namespace forkmap::pool {

struct StaleTask {
  Task task;
  plugin::Generation held = 0;  // by the worker that did not have it
  pid_t pid = 0;                // of that worker
  bool waited = false;          // a crew was forked for it
};

class StaleTasks {
 public:
  // All outlive it.
  StaleTasks(const Settings& settings, Ledger& ledger, Crews& crews, Backlog& backlog)
      : settings_(settings), ledger_(ledger), crews_(crews), backlog_(backlog) {}

  // Its rows do not depend on a cell any more.
  void note(StaleTask stale) { tasks_.push_back(std::move(stale)); }
  // Each waits on, goes to the backlog, or fails. May have the pool renewed. Throws SystemError if
  // no zygote can be forked: they fail with that at the next call.
  void settle(Clock::time_point now) {
    if (!tasks_.empty()) settle_all(now);
  }
  [[nodiscard]] std::vector<Task> take_of(const Map& map);
  [[nodiscard]] std::vector<Task> take_all();
  void keep_rows_of(const lane::HostLane& lane);

 private:
  const Settings& settings_;
  Ledger& ledger_;
  Crews& crews_;
  Backlog& backlog_;
  std::vector<StaleTask> tasks_;
  std::optional<plugin::Generation> renewed_for_;

  void settle_all(Clock::time_point now);
  [[nodiscard]] bool needs_crew(const StaleTask& stale) const;
  void fail(const StaleTask& stale);
};

}  // namespace forkmap::pool
