// SPDX-License-Identifier: Apache-2.0
//
// Items from a map's source (or of the arena) into a task of one worker. Sources are user code:
// while one is asked its worker may die, its map be cancelled, the pool be renewed or end.
#pragma once

#include <cstdint>
#include <memory>

#include "core/map/input_place.hpp"
#include "core/map/ledger.hpp"
#include "core/pool/backlog.hpp"
#include "core/pool/cell_tasks.hpp"
#include "core/pool/cell_writer.hpp"
#include "core/pool/crews.hpp"

namespace forkmap::pool {

class Feeder {
 public:
  // All outlive it.
  Feeder(const Settings& settings, Ledger& ledger, const Crews& crews, Backlog& backlog,
         CellWriter& writer, Owner owner)
      : settings_(settings),
        ledger_(ledger),
        crews_(crews),
        backlog_(backlog),
        writer_(writer),
        owner_(std::move(owner)) {}

  // Each gives the worker up to `chunk` items as one task. False: nothing was given.
  bool give_from(const std::shared_ptr<Map>& map, WorkerSlot& worker, std::uint64_t chunk);
  bool give_arena(const std::shared_ptr<Map>& map, WorkerSlot& worker, std::uint64_t chunk);
  // Tasks of one small item, which travel inside cells; no window is touched, and nothing is
  // allocated. Until the lane is as deep as it should be: results of consecutive items are
  // gathered, so a lane is given a run of them before the next one.
  bool give_singles(const std::shared_ptr<Map>& map, WorkerSlot& worker, std::uint32_t depth);

 private:
  const Settings& settings_;
  Ledger& ledger_;
  const Crews& crews_;
  Backlog& backlog_;
  CellWriter& writer_;
  Owner owner_;

  bool settle_fill(WorkerSlot& worker, const std::shared_ptr<lane::HostLane>& target,
                   std::uint32_t window, Task task, const InputBlock& block, ItemSource::Fill fill);
  void push_single(WorkerSlot& worker, const std::shared_ptr<Map>& map, std::uint64_t index,
                   const std::byte* payload, std::uint32_t window);
};

}  // namespace forkmap::pool
