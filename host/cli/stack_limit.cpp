// SPDX-License-Identifier: Apache-2.0
#include "host/cli/stack_limit.hpp"

#include <sys/resource.h>

#include <string>

#include "host/cli/usage_error.hpp"

namespace forkmap::host {

namespace {
constexpr rlim_t kLeastStackKib = 128;
constexpr rlim_t kKibBytes = 1024;
}  // namespace

void require_stack() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  const rlim_t have = limit.rlim_cur / kKibBytes;
  if (have >= kLeastStackKib) return;
  throw UsageError("the stack is limited to " + std::to_string(have) +
                   " KiB (ulimit -s), and forkmap needs " + std::to_string(kLeastStackKib) +
                   " KiB, and functions what they use; raise the limit");
}

}  // namespace forkmap::host
