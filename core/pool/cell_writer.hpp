// SPDX-License-Identifier: Apache-2.0
//
// Tasks into the cells of lanes.
#pragma once

#include <cstdint>

#include "core/pool/vector_calls.hpp"
#include "core/pool/worker_slot.hpp"

namespace forkmap::pool {

class CellWriter {
 public:
  // Both outlive it.
  CellWriter(const Settings& settings, const VectorCalls& vectors)
      : settings_(settings), vectors_(vectors) {}

  // Publishes a task whose rows are in its payload, in `window` of the worker's lane, or in the
  // arena. The lane is not full.
  void push(WorkerSlot& worker, Task task, std::uint32_t window);
  // The same, of a task that is in its place already: worker.cells[lane.next_cell_index()].
  void publish(WorkerSlot& worker, TaskInCell& truth, std::uint32_t window);
  // Items that the worker may still be given before it is recycled.
  [[nodiscard]] std::uint64_t quota_left(const WorkerSlot& worker) const noexcept;

 private:
  const Settings& settings_;
  const VectorCalls& vectors_;
};

// Wakes the worker, if it was given something since it was woken last.
inline void wake(WorkerSlot& worker) noexcept {
  if (!worker.life.wake_due) return;
  worker.life.wake_due = false;
  if (worker.lane) worker.lane->wake_worker();
}

}  // namespace forkmap::pool
