// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace forkmap::cli {

[[nodiscard]] std::vector<pid_t> children_of(pid_t parent);
// 'R', 'S', 'T', 'Z', ... as in /proc; 0 if there is no such process.
[[nodiscard]] char state_of(pid_t pid);
// Until it sleeps (state 'S'), or is no more.
void wait_until_asleep(pid_t pid);
// Private memory that is in use.
[[nodiscard]] std::uint64_t private_bytes_of(pid_t pid);

// Whether the signal no longer ends the process: it is held, and later taken by a handler.
[[nodiscard]] bool heeds(pid_t pid, int signal);

}  // namespace forkmap::cli
