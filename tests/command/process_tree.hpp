// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace forkmap::cli {

// Throws std::invalid_argument for a parent that is none: 0 has children, too, outside of the tree.
[[nodiscard]] std::vector<pid_t> children_of(pid_t parent);
// Waits until a child of the host has so many children: only the zygote has any. Throws
// std::runtime_error if the host ends before.
[[nodiscard]] pid_t wait_for_zygote(pid_t host, std::size_t workers);
// 'R', 'S', 'T', 'Z', ... as in /proc; 0 if there is no such process.
[[nodiscard]] char state_of(pid_t pid);
// Until it sleeps (state 'S'), or is no more.
void wait_until_asleep(pid_t pid);
// Private memory that is in use.
[[nodiscard]] std::uint64_t private_bytes_of(pid_t pid);

// Whether the signal no longer ends the process: it is held, and later taken by a handler.
[[nodiscard]] bool heeds(pid_t pid, int signal);

}  // namespace forkmap::cli
