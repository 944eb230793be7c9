// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace forkmap::node {

// Of this machine, all its processes together. What the kernel does not say is 0.
struct MachineLoad {
  double load = 0;                      // processes that run or want to, in the last minute
  std::uint64_t free_memory_bytes = 0;  // that new work could have
};
[[nodiscard]] MachineLoad machine_load();

}  // namespace forkmap::node
