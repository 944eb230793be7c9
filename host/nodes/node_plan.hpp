// SPDX-License-Identifier: Apache-2.0
//
// Which machines a run is to have: what --nodes says, with this machine found among them.
#pragma once

#include <string>
#include <vector>

#include "host/options/launcher.hpp"
#include "host/options/node_options.hpp"

namespace forkmap::host {

struct NodePlan {
  std::string here = "localhost";  // this machine, as mpirun knows it
  int own_workers = 0;             // 0: nothing was said
  std::vector<NodeWish> others;    // by rank, from 1
};

// The first entry that names this machine (`host_name`, or localhost) is for its own workers. With
// the ranks of mpirun nobody knows the others beforehand.
[[nodiscard]] NodePlan plan_nodes(const NodeOptions& options, const Variables& variables,
                                  const std::string& host_name);

// What the others are called: as they were named; "n1#2" is the second on that machine, this
// process counted.
[[nodiscard]] std::vector<std::string> node_names(const NodePlan& plan);

// As gethostname() says.
[[nodiscard]] std::string own_host_name();

}  // namespace forkmap::host
