// SPDX-License-Identifier: Apache-2.0
//
// A plugin built with --coverage: its counters are written at the end of a process.
#include <cstdint>

#include <forkmap/plugin.hpp>

static std::int64_t odd(std::int64_t x) {
  if (x % 2 == 0) return 0;
  return 1;
}

FORKMAP_PLUGIN("counted", "1.0", forkmap::function<odd>("odd", "Whether x is odd."))
