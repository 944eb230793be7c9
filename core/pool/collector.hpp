// SPDX-License-Identifier: Apache-2.0
//
// Results out of cells, into batches, to the ledger. It starts, kills and forks nobody: what it
// finds wrong it says.
//  V1 Each item that a worker finished is told once (TaskRan).
//  L4 Nothing that a worker wrote is believed before it is checked (result_reader.hpp).
#pragma once

#include <cstdint>

#include "core/pool/backlog.hpp"
#include "core/pool/cell_tasks.hpp"
#include "core/pool/left_state_notice.hpp"
#include "core/pool/result_run.hpp"
#include "core/pool/spent_lanes.hpp"
#include "core/pool/stale_tasks.hpp"
#include "core/pool/worker_pipes.hpp"
#include "core/site/events.hpp"

namespace forkmap::pool {

class Collector {
 public:
  // All outlive it.
  Collector(const Settings& settings, const Events& events, Ledger& ledger, Backlog& backlog,
            StaleTasks& stale, WorkerPipes& pipes, Owner owner)
      : settings_(settings),
        events_(events),
        ledger_(ledger),
        backlog_(backlog),
        stale_(stale),
        pipes_(pipes),
        owner_(std::move(owner)),
        run_(ledger),
        left_state_(settings) {}

  // All that the worker has finished. False: its lane contradicts itself. `generation`: that it was
  // forked from.
  [[nodiscard]] bool collect(WorkerSlot& worker, plugin::Generation generation);
  // Whether the last collect() found anything.
  [[nodiscard]] bool found_any() const noexcept { return any_; }

  // The results of a cell that says DONE. False: it contradicts itself.
  [[nodiscard]] bool take_results(WorkerSlot& worker, plugin::Generation generation,
                                  TaskInCell& cell, const lane::Completion& completion);
  // Delivers the first `complete` items of a cell. `completion` is null after a death: the sizes
  // are then found from the columns, and there is no text. False: nothing is to be believed.
  [[nodiscard]] bool keep_results(WorkerSlot& worker, TaskInCell& cell, std::uint32_t cell_index,
                                  std::uint32_t complete, const lane::Completion* completion);
  // A worker runs its tasks one after the other, and the next one begins where the last one ended.
  // Its run time is clamped to the time since sending; after a death (null) it is unknown.
  static void note_times(WorkerSlot& worker, const Task& task, ResultBatch& batch,
                         const lane::Completion* completion = nullptr);

  [[nodiscard]] std::uint64_t tasks_settled() const noexcept { return tasks_settled_; }
  // The lane of a worker that is gone; batches may hold windows of it still.
  void give_up(WorkerSlot& worker);
  // What one large item has filled goes back to the system when no other has come for a while.
  void sweep_windows(Crews& crews);
  [[nodiscard]] bool has_large_windows() const noexcept { return any_large_window_; }

 private:
  const Settings& settings_;
  const Events& events_;
  Ledger& ledger_;
  Backlog& backlog_;
  StaleTasks& stale_;
  WorkerPipes& pipes_;
  Owner owner_;
  ResultRun run_;
  LeftStateNotice left_state_;
  SpentLanes spent_lanes_;
  std::uint64_t tasks_settled_ = 0;  // by all workers there ever were
  bool any_large_window_ = false;    // that is to be given back when it is idle
  bool any_ = false;

  [[nodiscard]] bool collect_all(WorkerSlot& worker, plugin::Generation generation);
  void tell_ran(const WorkerSlot& worker, const Task& task, const ResultBatch& batch,
                bool is_measured) const;
};

}  // namespace forkmap::pool
