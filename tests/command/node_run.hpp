// SPDX-License-Identifier: Apache-2.0
//
// A run over several nodes, all of which are this machine, under a real mpirun.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/kit/child_process.hpp"
#include "tests/kit/mpi.hpp"

namespace forkmap::cli {

using tests::has_mpi;

// `forkmap run --nodes ...` with an agent for each of `others`, a number of workers each; and one
// worker of its own. `arguments` are those of run.
[[nodiscard]] Launch node_launch(const std::vector<int>& others, std::vector<std::string> arguments,
                                 const std::string& folder = {});
// The same; a shell runs this script in that folder, which is the run's, before mpirun starts: the
// coordinator has loaded its plugins by then, and the agents have not.
[[nodiscard]] Launch node_launch_after(const std::string& script, const TestFolder& folder,
                                       const std::vector<int>& others,
                                       std::vector<std::string> arguments);
// Run to its end.
[[nodiscard]] Ended run_over_nodes(const std::vector<int>& others,
                                   std::vector<std::string> arguments, std::string_view input = {});

// The agents of this run that are there now.
[[nodiscard]] std::vector<pid_t> agents_of(pid_t run);
// Waits until there are so many agents of this run, and gives them.
[[nodiscard]] std::vector<pid_t> wait_for_agents(pid_t run, std::size_t count);
// The mpirun of this run.
[[nodiscard]] pid_t mpirun_of(pid_t run);
// The courier that an agent, or mpirun for the run, has started; 0: none.
[[nodiscard]] pid_t courier_of(pid_t parent);
// Waits until nothing of the run is left: none of these processes, but for zombies.
void wait_for_ends(const std::vector<pid_t>& processes);

}  // namespace forkmap::cli
