// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/node/messages.hpp"

namespace forkmap::bench {

// What agents without workers answer: each block at once, as if each row had taken so long, and
// each line as its own result. So what is measured is the coordinator.
struct ScriptedAgents {
  node::Hello hello;                  // of each
  std::chrono::nanoseconds row_time;  // told of a row, which decides how large blocks are
};

// Serves these connections in this process, until all are closed.
void serve(const ScriptedAgents& script, std::vector<base::UniqueFd> sockets);

}  // namespace forkmap::bench
