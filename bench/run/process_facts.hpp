// SPDX-License-Identifier: Apache-2.0
//
// What /proc knows of a process.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace forkmap::bench {

// Processor time since its start, in ns; exact while it sleeps. All throw std::runtime_error for a
// process that is gone.
[[nodiscard]] std::uint64_t cpu_ns_of(pid_t pid);
[[nodiscard]] std::uint64_t resident_bytes_of(pid_t pid);
[[nodiscard]] pid_t parent_of(pid_t pid);

}  // namespace forkmap::bench
