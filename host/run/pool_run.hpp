// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/pool/engine.hpp"
#include "host/cli/signal_watch.hpp"
#include "host/run/job.hpp"
#include "host/run/watch.hpp"

namespace forkmap::host {

// The options of a run as a pool knows them.
[[nodiscard]] PoolOptions pool_options(const RunOptions& options, Diagnostics& diagnostics);

// How a run ended: the exit status, or the signal to end by.
struct RunEnd {
  int status = 0;
  int signal = 0;
  bool is_halted = false;  // by the rule of --halt
};

// Maps all items of the job over the pool, in the loop of loop.hpp; it sleeps until whatever
// comes first: an outcome, input, room on standard output, a signal. Throws PoolBroken, also if the
// pool broke when the input had been read: what was done is written then, and not all was done.
[[nodiscard]] RunEnd run_in_pool(pool::Engine& engine, SignalWatch& signals, RunJob& job,
                                 const LookAtNodes& look_at_nodes);

}  // namespace forkmap::host
