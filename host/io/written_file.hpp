// SPDX-License-Identifier: Apache-2.0
//
// Files that a run writes as it goes on are opened here, and nowhere else.
#pragma once

#include <fcntl.h>

#include <cstdint>
#include <string>

#include "core/base/unique_fd.hpp"

namespace forkmap::host {

struct WrittenFile {
  base::UniqueFd fd;
  // A regular file that was opened by its name, and is locked: what it holds may be cut. Else a
  // device, a pipe, or an open file of the caller's, which goes on where that stands.
  bool is_own = false;
  bool is_locked = false;        // not where the file system has no locks
  std::uint64_t size_bytes = 0;  // of such a file
};

// Changes nothing that is there; makes the file if it is not. A name that means a descriptor is a
// duplicate of it. `access`: O_WRONLY or O_RDWR; with O_APPEND, so that a file which somebody cuts
// does not get a hole, but another size. Throws UsageError, also if another run has locked the
// file.
[[nodiscard]] WrittenFile open_for_writing(const std::string& path, int access = O_WRONLY);

// Cuts an own file to its first bytes, and stands behind them. Throws UsageError.
void keep_first_bytes(const WrittenFile& file, const std::string& path, std::uint64_t kept_bytes);

// What was done to an open file that has this name and size: "was removed or renamed"; empty if it
// still has both. Throws SystemError.
[[nodiscard]] std::string change_by_others(int fd, const std::string& path,
                                           std::uint64_t size_bytes);

// Throws SystemError unless the open file is still the one of that name, and has that size: nobody
// else has cut, replaced or written it.
void check_is_untouched(int fd, const std::string& path, std::uint64_t size_bytes);

}  // namespace forkmap::host
