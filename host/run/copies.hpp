// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cli/diagnostics.hpp"
#include "host/options/launcher.hpp"
#include "host/options/run_options.hpp"

namespace forkmap::host {

// srun and mpirun start a command several times over, and each copy would run all items. Throws
// UsageError where the copies would write the same file; of a standard output that they share the
// first copy tells. FORKMAP_NODES=none says that each copy is meant to be a run of its own.
void check_copies(const RunOptions& options, const Variables& variables, Diagnostics& diagnostics);

// With --nodes mpi: this is one of the ranks that work for rank 0. Throws UsageError where mpirun
// has not started it, and where ranks of one machine would use its cores several times.
[[nodiscard]] bool is_agent_of_ranks(const RunOptions& options, const Variables& variables);

}  // namespace forkmap::host
