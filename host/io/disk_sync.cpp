// SPDX-License-Identifier: Apache-2.0
#include "host/io/disk_sync.hpp"

#include <unistd.h>

#include <cerrno>

#include "core/base/system_error.hpp"

namespace forkmap::host {

bool sync_to_disk(int fd, const std::string& path) {
  while (::fdatasync(fd) != 0) {
    switch (errno) {
      case EINTR:
        continue;
      case EINVAL:
      case ENOSYS:
      case EOPNOTSUPP:
      case EROFS:
      case EPERM:   // of a container's filter
      case EACCES:  // likewise
        return false;
      default:
        base::throw_system_error("write " + path + " to disk", errno);
    }
  }
  return true;
}

}  // namespace forkmap::host
