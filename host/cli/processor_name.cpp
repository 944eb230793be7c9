// SPDX-License-Identifier: Apache-2.0
#include "host/cli/processor_name.hpp"

#include <fstream>

namespace forkmap::host {

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return {};
}

}  // namespace forkmap::host
