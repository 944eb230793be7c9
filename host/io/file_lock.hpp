// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace forkmap::host {

enum class Lock : std::uint8_t {
  held,
  unknown  // this file system has no locks
};

// Locks a file against other processes, for as long as this process has it open: it ends with the
// process, and what it has forked does not hold it. The file must not be opened a second time here,
// since closing any of its descriptors gives the lock back. Throws UsageError if another process
// has it.
[[nodiscard]] Lock lock_file(int fd, const std::string& path);

}  // namespace forkmap::host
