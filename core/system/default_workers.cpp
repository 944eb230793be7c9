// SPDX-License-Identifier: Apache-2.0
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <exception>
#include <forkmap/options.hpp>
#include <memory>

#include "core/system/cpu_quota.hpp"

namespace forkmap {

namespace {

constexpr std::size_t kMostProcessors = 65536;

// Processors that this process may run on. The kernel's set may be larger than cpu_set_t.
int allowed_processors() noexcept {
  for (std::size_t limit = CPU_SETSIZE; limit <= kMostProcessors; limit *= 2) {
    const auto free = [](cpu_set_t* set) { CPU_FREE(set); };
    const std::unique_ptr<cpu_set_t, decltype(free)> set(CPU_ALLOC(limit), free);
    if (!set) break;
    const std::size_t bytes = CPU_ALLOC_SIZE(limit);
    if (::sched_getaffinity(0, bytes, set.get()) == 0) return CPU_COUNT_S(bytes, set.get());
    if (errno != EINVAL) break;
  }
  return static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
}

}  // namespace

int default_workers() noexcept {
  int workers = allowed_processors();
  try {
    if (const auto quota = pool::cpu_quota()) {
      // Half a processor more is worth a worker more: the last one just runs slower.
      workers = static_cast<int>(std::min<double>(workers, std::ceil(*quota)));
    }
  } catch (const std::exception&) {
    return std::max(1, workers);  // no memory, or an unreadable /proc: the affinity alone
  }
  return std::max(1, workers);
}

}  // namespace forkmap
