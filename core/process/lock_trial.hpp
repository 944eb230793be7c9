// SPDX-License-Identifier: Apache-2.0
//
// Whether a child of fork() can use the C library's list of exit handlers. Its lock is not reset by
// a fork: a child that was forked while another thread registered a handler would wait for it for
// ever, at the first exit(), atexit(), or end of a library.
//
// The child tries it, and says how it went as the first message on its socket; the host, which
// waits for that, forks another one in the place of a child that met a held lock.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>

namespace forkmap::process {

enum class [[nodiscard]] LockTrial : std::uint8_t {
  free = 1,
  held,    // the child has left, or is about to
  silent,  // it said nothing for long, and is killed
  none     // the child has ended before it could say
};

// In the child, whose only thread has every signal blocked: calls `use`, which takes the lock, and
// tells the host that it is free. Leaves the process if `use` does not come to its end.
void try_lock(int socket, const std::function<void()>& use) noexcept;

// In the host, once for each child.
LockTrial hear_of_lock(int socket, pid_t child) noexcept;

}  // namespace forkmap::process
