// SPDX-License-Identifier: Apache-2.0
#include "core/base/unique_fd.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/base/system_error.hpp"

namespace forkmap::base {

namespace {
constexpr int kHighNumber = 512;
}

void UniqueFd::reset() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

UniqueFd moved_high(UniqueFd fd) {
  rlimit limit{};
  int lowest = kHighNumber;
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 2 * kHighNumber) {
    lowest = static_cast<int>(limit.rlim_cur) / 2;
  }
  const int moved = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, lowest);
  if (moved < 0) throw_system_error("move a descriptor to a high number (fcntl)", errno);
  return UniqueFd(moved);
}

}  // namespace forkmap::base
