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
#include "core/system/usable_processors.hpp"

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

int pool::usable_processors(const Cgroups& groups) {
  int processors = allowed_processors();
  if (const auto quota = cpu_quota(groups)) {
    // Half a processor more is worth a worker more: the last one just runs slower.
    processors = static_cast<int>(std::min<double>(processors, std::ceil(*quota)));
  }
  return std::max(1, processors);
}

int default_workers() noexcept {
  try {
    return pool::usable_processors(pool::Cgroups());
  } catch (const std::exception&) {
    return std::max(1, allowed_processors());  // no memory, or an unreadable /proc
  }
}

}  // namespace forkmap
