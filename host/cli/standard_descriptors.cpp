// SPDX-License-Identifier: Apache-2.0
#include "host/cli/standard_descriptors.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

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

base::UniqueFd keep_standard_output_for_results() {
  std::fflush(stdout);
  base::UniqueFd results(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!results) base::throw_system_error("duplicate standard output (fcntl)", errno);
  if (::dup2(STDERR_FILENO, STDOUT_FILENO) == -1) {
    base::throw_system_error("send standard output to standard error (dup2)", errno);
  }
  return base::moved_high(std::move(results));
}

}  // namespace forkmap::host
