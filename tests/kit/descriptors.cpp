// SPDX-License-Identifier: Apache-2.0
#include "tests/kit/descriptors.hpp"

#include <filesystem>
#include <iterator>

namespace forkmap::tests {

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace forkmap::tests
