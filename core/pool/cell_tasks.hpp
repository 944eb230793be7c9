// SPDX-License-Identifier: Apache-2.0
//
// Tasks out of the cells of a worker, with their rows. Private memory of the host.
#pragma once

#include <cstdint>
#include <memory>

#include "core/pool/pool_owner.hpp"
#include "core/pool/worker_slot.hpp"

namespace forkmap::pool {

using Owner = std::shared_ptr<const PoolOwner>;

// Part of a task whose window (if it has rows in one) is held. The bytes stay accounted once: the
// caller's task keeps them.
[[nodiscard]] Task part_of(const Task& task, std::uint32_t first, std::uint32_t count);

// Moves the ownership of a cell's window to its task, or gives it back if no row lies in it.
void hold_window(WorkerSlot& worker, TaskInCell& cell, const Owner& owner);

// The task of a cell that the worker has not begun, with its rows kept.
[[nodiscard]] Task take_unstarted(WorkerSlot& worker, std::uint32_t cell, const Owner& owner);

// Copies the rows of a task out of the window that it holds. Without memory for it they stay there.
void keep_rows(Task& task);

// A task that another site may run, and such a task again.
[[nodiscard]] Returned returned_from(Task&& task);
[[nodiscard]] Task task_from(Returned&& returned);

}  // namespace forkmap::pool
