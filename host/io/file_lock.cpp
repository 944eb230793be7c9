// SPDX-License-Identifier: Apache-2.0
#include "host/io/file_lock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/system_error.hpp"
#include "host/cli/usage_error.hpp"

namespace forkmap::host {

// A lock of the process. One of the open file would be held by the workers, too, which outlive a
// killed host by a moment.
Lock lock_file(int fd, const std::string& path) {
  struct flock wanted = {};
  wanted.l_type = F_WRLCK;
  wanted.l_whence = SEEK_SET;
  while (::fcntl(fd, F_SETLK, &wanted) != 0) {
    if (errno == EINTR) continue;
    if (errno == ENOSYS || errno == ENOLCK || errno == EOPNOTSUPP || errno == EINVAL) {
      return Lock::unknown;
    }
    if (errno != EACCES && errno != EAGAIN) {
      throw UsageError("cannot lock " + path + ": " + base::error_text(errno));
    }
    struct flock holder = wanted;
    const bool known = ::fcntl(fd, F_GETLK, &holder) == 0 && holder.l_type != F_UNLCK;
    throw UsageError("another run" +
                     (known ? " (process " + std::to_string(holder.l_pid) + ")" : std::string()) +
                     " is writing " + path +
                     " and holds the lock on it; wait for its end, or name another file");
  }
  return Lock::held;
}

}  // namespace forkmap::host
