// SPDX-License-Identifier: Apache-2.0
//
// The command line by which mpirun (Open MPI 4) starts the couriers and agents of a run. All flags
// that would be easy to forget stand here.
#pragma once

#include <string>
#include <vector>

namespace forkmap::host {

struct MpirunRequest {
  std::string here;                    // this machine, as mpirun knows it
  std::string courier;                 // a file
  std::string door;                    // where the courier of this machine is to come in
  std::string program;                 // forkmap
  std::string folder;                  // to run in
  std::vector<std::string> nodes;      // by rank, from 1
  std::string workers;                 // of each, as `forkmap agent` takes them
  std::vector<std::string> words;      // of the run: options, and the function
  std::vector<std::string> variables;  // that the nodes are to have as this process has them
};

[[nodiscard]] std::vector<std::string> mpirun_words(const MpirunRequest& request);

}  // namespace forkmap::host
