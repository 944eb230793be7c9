// SPDX-License-Identifier: Apache-2.0
#include "core/process/worker_scheduling.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <thread>

#include "core/base/system_error.hpp"
#include "core/base/unique_fd.hpp"

namespace forkmap::process {

namespace {

using namespace std::chrono_literals;

constexpr int kLowestPriority = 19;
constexpr std::size_t kMostProcessors = 65536;
constexpr int kGroupTries = 10;

// Where each session is a scheduling group of its own (autogroup), a nice value counts inside the
// session only, and against others that of the group does. The kernel takes one such change in
// 100 ms from those without privilege. Where there are no such groups there is nothing to do.
void lower_group_priority(int priority) {
  const base::UniqueFd file(::open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC));
  if (!file) return;
  for (int tries = 0; tries < kGroupTries; ++tries) {
    if (::dprintf(file.get(), "%d", priority) >= 0 || errno != EAGAIN) return;
    std::this_thread::sleep_for(50ms);
  }
}

using ProcessorSet = std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)>;

ProcessorSet new_set(std::size_t processors) {
  return {CPU_ALLOC(processors), [](cpu_set_t* set) { CPU_FREE(set); }};
}

}  // namespace

void lower_priority(int steps) {
  errno = 0;
  const int before = ::getpriority(PRIO_PROCESS, 0);
  if (errno != 0) base::throw_system_error("ask for the priority of a worker", errno);
  const int priority = std::min(before + steps, kLowestPriority);
  if (::setpriority(PRIO_PROCESS, 0, priority) != 0) {
    base::throw_system_error("lower the priority of a worker", errno);
  }
  lower_group_priority(priority);
}

void pin_to_core(std::uint32_t slot) {
  // The kernel's set may be larger than cpu_set_t.
  for (std::size_t limit = CPU_SETSIZE; limit <= kMostProcessors; limit *= 2) {
    const ProcessorSet allowed = new_set(limit);
    const ProcessorSet chosen = new_set(limit);
    if (!allowed || !chosen) base::throw_system_error("pin a worker to a core", ENOMEM);
    const std::size_t bytes = CPU_ALLOC_SIZE(limit);
    if (::sched_getaffinity(0, bytes, allowed.get()) != 0) {
      if (errno == EINVAL) continue;
      base::throw_system_error("ask for the cores of a worker", errno);
    }
    const auto count = static_cast<std::uint32_t>(CPU_COUNT_S(bytes, allowed.get()));
    std::uint32_t to_pass = slot % std::max(1U, count);
    for (std::size_t core = 0; core < limit; ++core) {
      if (!CPU_ISSET_S(core, bytes, allowed.get()) || to_pass-- > 0) continue;
      CPU_ZERO_S(bytes, chosen.get());
      CPU_SET_S(core, bytes, chosen.get());
      if (::sched_setaffinity(0, bytes, chosen.get()) == 0) return;
      base::throw_system_error("pin a worker to core " + std::to_string(core), errno);
    }
  }
  base::throw_system_error("pin a worker to a core", EINVAL);
}

}  // namespace forkmap::process
