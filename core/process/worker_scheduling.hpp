// SPDX-License-Identifier: Apache-2.0
//
// How a worker is scheduled. Runs in the worker, after its session is its own.
#pragma once

#include <cstdint>

namespace forkmap::process {

// Lower priority by `steps`, as nice(1) does; 19 is the lowest. Throws SystemError.
void lower_priority(int steps);

// From now on this process, and what it starts, runs on one core: of those that it may run on now
// the one for workers of that slot. With more workers than cores several share one. Throws
// SystemError.
void pin_to_core(std::uint32_t slot);

}  // namespace forkmap::process
