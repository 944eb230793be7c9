// SPDX-License-Identifier: Apache-2.0
//
// forkmap agent: what --nodes starts on other machines. It loads what the run loads, forks workers,
// and runs the blocks of items that the coordinator sends.
#pragma once

#include "host/cli/command.hpp"
#include "host/options/run_options.hpp"

namespace forkmap::host {

// The numbers of workers of all ranks from 1, "8,0,4", and the words of the run.
int agent_command(Arguments arguments);

// Of a run whose ranks mpirun has started (--nodes mpi).
[[nodiscard]] int run_agent(const RunOptions& options);

}  // namespace forkmap::host
