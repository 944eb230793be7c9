// SPDX-License-Identifier: Apache-2.0
#include "core/node/machine_load.hpp"

#include <cstdlib>
#include <fstream>
#include <string>

namespace forkmap::node {

namespace {

std::uint64_t free_memory_bytes() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  std::uint64_t kibibytes = 0;
  std::string unit;
  while (file >> name >> kibibytes && std::getline(file, unit)) {
    if (name == "MemAvailable:") return kibibytes << 10U;
  }
  return 0;
}

}  // namespace

MachineLoad machine_load() {
  MachineLoad found{.free_memory_bytes = free_memory_bytes()};
  double load = 0;
  if (::getloadavg(&load, 1) == 1) found.load = load;
  return found;
}

}  // namespace forkmap::node
