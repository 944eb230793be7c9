// SPDX-License-Identifier: Apache-2.0
//
// What follows the end of a worker for the items that it held: finished ones are kept, the one that
// it died with is the culprit, all others move to other workers and are not charged. The table is
// in cell_state.hpp. It forks and kills nobody.
//  D1 Each item that the dead worker held is settled, or moved, once; its lane is then given up.
//  D2 Each attempt that a death ended, and that was charged to an item, is told once (ItemLost).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/pool/collector.hpp"
#include "core/pool/crash_reporter.hpp"
#include "core/pool/vector_calls.hpp"
#include "core/system/oom_kills.hpp"

namespace forkmap::pool {

class Recovery {
 public:
  // All outlive it.
  Recovery(const Settings& settings, const Events& events, Ledger& ledger, Crews& crews,
           Backlog& backlog, StaleTasks& stale, VectorCalls& vectors, Collector& collector,
           WorkerPipes& pipes, Owner owner)
      : settings_(settings),
        events_(events),
        ledger_(ledger),
        crews_(crews),
        backlog_(backlog),
        stale_(stale),
        vectors_(vectors),
        collector_(collector),
        pipes_(pipes),
        crashes_(settings, ledger),
        owner_(std::move(owner)),
        oom_watch_(settings.cgroups()) {}

  // What decides whether, and how, the worker is replaced.
  struct End {
    Death death;
    std::string how;   // "killed by SIGSEGV (segmentation fault)"
    std::string hook;  // the start hook that it died in, "start hook of plugin x"
  };
  // Of a worker whose zygote has told its exit.
  [[nodiscard]] End settle_exit(const Crew& crew, WorkerSlot& worker, const process::Event& event,
                                Clock::time_point now);
  // Of one that was killed with its whole crew, and has ended. `how`: "killed with its zygote".
  void settle_killed(const Crew& crew, WorkerSlot& worker, const std::string& how);

 private:
  const Settings& settings_;
  const Events& events_;
  Ledger& ledger_;
  Crews& crews_;
  Backlog& backlog_;
  StaleTasks& stale_;
  VectorCalls& vectors_;
  Collector& collector_;
  WorkerPipes& pipes_;
  CrashReporter crashes_;
  Owner owner_;
  OomWatch oom_watch_;
  bool told_bad_end_ = false;  // of a worker that was leaving

  // What is under way for one dead worker.
  struct Case {
    const Crew& crew;
    WorkerSlot& worker;
    const DeathReport& report;
    std::vector<Task> moved = {};
    bool blamed = false;  // an item ran, or is taken to have run
  };
  [[nodiscard]] DeathReport report_of(const WorkerSlot& worker, const process::Event& event);
  [[nodiscard]] WorkerEnd end_of(const Crew& crew, const WorkerSlot& worker,
                                 const process::Event& event) const;
  bool recover(const Crew& crew, WorkerSlot& worker, const DeathReport& report);
  void settle_remains(Case& dead, const lane::Remains& remains);
  void settle_interrupted(Case& dead, TaskInCell& cell, std::uint32_t complete);
  void settle_suspects(Case& dead, TaskInCell& cell);
  [[nodiscard]] bool settle_vector_call(Case& dead, const Task& task, std::uint32_t complete);
  // `before`: items of its task that the worker has run before it.
  void settle_culprit(Case& dead, Task task, const DeathReport& report, std::uint32_t before = 0);
  [[nodiscard]] ItemError error_of(const WorkerSlot& worker, const Task& task,
                                   const DeathReport& report, std::uint32_t before) const;
};

}  // namespace forkmap::pool
