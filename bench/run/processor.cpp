// SPDX-License-Identifier: Apache-2.0
#include "bench/run/processor.hpp"

#include <cerrno>
#include <cstddef>
#include <system_error>

namespace forkmap::bench {

namespace {

// As the program was started; asked for before anything is pinned.
const cpu_set_t& allowed() {
  static const cpu_set_t set = [] {
    cpu_set_t now;
    CPU_ZERO(&now);
    ::sched_getaffinity(0, sizeof(now), &now);
    return now;
  }();
  return set;
}

}  // namespace

void pin_to(int place) {
  cpu_set_t set = allowed();
  if (place != kAnywhere) {
    int left = place % CPU_COUNT(&set);
    CPU_ZERO(&set);
    for (std::size_t processor = 0; processor < std::size_t{CPU_SETSIZE}; ++processor) {
      if (!CPU_ISSET(processor, &allowed()) || left-- > 0) continue;
      CPU_SET(processor, &set);
      break;
    }
  }
  if (::sched_setaffinity(0, sizeof(set), &set) != 0) {
    throw std::system_error(errno, std::generic_category(), "pin a thread to a processor");
  }
}

}  // namespace forkmap::bench
