// SPDX-License-Identifier: Apache-2.0
#include "host/cli/standard_descriptors.hpp"

#include <fcntl.h>
#include <stdio_ext.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "core/base/system_error.hpp"

namespace forkmap::host {

void complete_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) != -1) continue;
    // The lowest free number is this one.
    const int mode = fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY;
    [[maybe_unused]] const int opened = ::open("/dev/null", mode);
  }
}

ResultsDescriptor::ResultsDescriptor() {
  std::fflush(stdout);
  fd_ = base::UniqueFd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!fd_) base::throw_system_error("duplicate standard output (fcntl)", errno);
  if (::dup2(STDERR_FILENO, STDOUT_FILENO) == -1) {
    base::throw_system_error("send standard output to standard error (dup2)", errno);
  }
  fd_ = base::moved_high(std::move(fd_));
}

ResultsDescriptor::~ResultsDescriptor() {
  if (std::fflush(stdout) != 0) ::__fpurge(stdout);
  std::clearerr(stdout);
}

}  // namespace forkmap::host
