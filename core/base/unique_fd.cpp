// SPDX-License-Identifier: Apache-2.0
#include "core/base/unique_fd.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/base/system_error.hpp"

namespace forkmap::base {

namespace {
constexpr int kHighNumber = 512;
}

int UniqueFd::release() noexcept {
  give_up_own_descriptor(fd_);
  return std::exchange(fd_, -1);
}

void UniqueFd::reset() noexcept { close_own_descriptor(std::exchange(fd_, -1)); }

UniqueFd moved_high(UniqueFd fd) {
  rlimit limit{};
  int lowest = kHighNumber;
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 2 * kHighNumber) {
    lowest = static_cast<int>(limit.rlim_cur) / 2;
  }
  UniqueFd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, lowest));
  if (!moved) throw_system_error("move a descriptor to a high number (fcntl)", errno);
  return moved;
}

Pipe make_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_system_error("make a pipe (pipe2)", errno);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::pair<UniqueFd, UniqueFd> make_socket_pair(int type) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) {
    throw_system_error("make a socket pair (socketpair)", errno);
  }
  UniqueFd first(ends[0]);
  UniqueFd second(ends[1]);
  first = moved_high(std::move(first));
  second = moved_high(std::move(second));
  return {std::move(first), std::move(second)};
}

}  // namespace forkmap::base
