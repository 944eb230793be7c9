// SPDX-License-Identifier: Apache-2.0
//
// Who gets what: fills the lanes of the serving crew with tasks, from the backlog first, then from
// the maps in turn. It starts, kills and forks nobody; it may ask a worker to leave.
//  F1 Each round gives every lane that has room some work, so that all have work before one has
//     much.
//  F2 The row of maps that was given least, in time, gives first. A map of it of which nothing is
//     under way is not overtaken by other rows: none starves, however many items keep coming.
//  F3 A lane that ran dry is fed with tasks that another has not begun.
//  F4 What sites have given back goes to lanes that are nearly dry, before anything new.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "core/pool/feeder.hpp"
#include "core/site/look.hpp"

namespace forkmap::pool {

class Dispatcher {
 public:
  // All outlive it.
  Dispatcher(const Settings& settings, Ledger& ledger, Crews& crews, Backlog& backlog,
             CellWriter& writer, Feeder& feeder, Owner owner)
      : settings_(settings),
        ledger_(ledger),
        crews_(crews),
        backlog_(backlog),
        writer_(writer),
        feeder_(feeder),
        owner_(std::move(owner)) {}

  bool feed(Look look);  // true if anything was given
  // Those that were given something since they were woken last.
  void wake_workers() noexcept;
  // What a worker has not begun goes to the front of the backlog, in its order.
  void take_back_all(WorkerSlot& worker) { take_back(worker, 0); }
  // The same, but for the task that it runs or is about to run.
  void take_back_queued(WorkerSlot& worker) { take_back(worker, 1); }
  // The same of all that have been asked to leave.
  void drain_retiring();

 private:
  const Settings& settings_;
  Ledger& ledger_;
  Crews& crews_;
  Backlog& backlog_;
  CellWriter& writer_;
  Feeder& feeder_;
  Owner owner_;
  std::size_t next_worker_ = 0;                               // round robin
  std::array<double, OpenMaps::kRows.size()> row_time_ns_{};  // of what rows were given

  // There may be something to give.
  [[nodiscard]] bool has_work() const noexcept {
    return ledger_.maps().in_turn() != 0 || !backlog_.empty() || ledger_.has_returned();
  }
  bool give_some(WorkerSlot& worker);
  bool give_pending(WorkerSlot& worker, Backlog::Whose whose = Backlog::Whose::own_or_free);
  bool give_returned(WorkerSlot& worker);
  void take_back(WorkerSlot& worker, std::uint32_t left);
  void give_copied(WorkerSlot& worker, Task task, std::uint32_t window, std::uint32_t home);
  // Of a map, or of a row of maps, to a lane. `waits`: the lane has enough for now.
  enum class GiveResult : std::uint8_t { given, waits, nothing };
  [[nodiscard]] std::array<std::size_t, OpenMaps::kRows.size()> rows_by_time() const noexcept;
  [[nodiscard]] GiveResult give_of_row(std::size_t number, WorkerSlot& worker);
  [[nodiscard]] GiveResult give_of(const std::shared_ptr<Map>& map, WorkerSlot& worker);
  [[nodiscard]] std::uint64_t chunk_for(Map& map, const WorkerSlot& worker) const;
  bool rebalance(Look look);
};

}  // namespace forkmap::pool
