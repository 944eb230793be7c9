// SPDX-License-Identifier: Apache-2.0
//
// A new worker's first steps, in the process that the zygote has just forked for it.
#pragma once

#include <sys/types.h>

#include "core/base/unique_fd.hpp"
#include "core/process/exit_guard.hpp"
#include "core/process/zygote.hpp"

namespace forkmap::process {

// Makes this process a worker (session, name, death with the zygote, signals, streams, limits),
// runs the plan's body, and ends the process with the body's result as its status. The caller has
// closed the zygote's descriptors. `output` may be empty.
[[noreturn]] void live_as_worker(const ZygotePlan& plan, WorkerBirth birth, base::UniqueFd output,
                                 pid_t zygote, ExitGuard& guard) noexcept;

}  // namespace forkmap::process
