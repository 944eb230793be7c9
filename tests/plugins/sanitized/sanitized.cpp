// SPDX-License-Identifier: Apache-2.0
//
// sanitized: built with the address sanitizer.
#include <cstdint>
#include <vector>

#include <forkmap/plugin.hpp>

namespace {

std::int64_t third(std::int64_t x) {
  const std::vector<std::int64_t> numbers{x, 2 * x, 3 * x};
  return numbers[2];
}

}  // namespace

FORKMAP_PLUGIN("sanitized", "1.0", forkmap::function<third>("third", "Return three times x."))
