// SPDX-License-Identifier: Apache-2.0
//
// Results of single items that came in cells, gathered into one batch while they are consecutive.
#pragma once

#include <cstdint>
#include <memory>

#include "core/map/ledger.hpp"
#include "core/pool/worker_slot.hpp"

namespace forkmap::pool {

class ResultRun {
 public:
  explicit ResultRun(Ledger& ledger) : ledger_(ledger) {}

  // The result of a single item, if it is a small value; its cell is free then. False: it is to be
  // collected as all others.
  [[nodiscard]] bool gather(WorkerSlot& worker, TaskInCell& cell,
                            const lane::Completion& completion);
  // What was gathered goes to its map.
  void deliver();

 private:
  Ledger& ledger_;
  ResultBatch batch_;
  std::shared_ptr<Map> map_;  // whose they are; null: none
  std::uint64_t time_ns_ = 0;

  void begin(const WorkerSlot& worker, const Task& task);
};

}  // namespace forkmap::pool
