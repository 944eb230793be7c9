// SPDX-License-Identifier: Apache-2.0
#include "host/cli/standard_error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "core/base/unique_fd.hpp"
#include "core/base/write_all.hpp"

namespace forkmap::host {

void write_to_standard_error(std::string_view text) noexcept {
  (void)base::write_all(STDERR_FILENO, text, base::WhenFull::wait);
}

namespace {

// A pipe or a terminal. Not a file, whose position would be another then.
bool open_again_blocking(int fd) noexcept {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) return false;
  if (!S_ISFIFO(status.st_mode) && ::isatty(fd) != 1) return false;
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  // Without O_NONBLOCK the opening of a FIFO that nobody reads would wait.
  const base::UniqueFd again(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!again) return false;
  const int flags = ::fcntl(again.get(), F_GETFL);
  return ::fcntl(again.get(), F_SETFL, flags & ~O_NONBLOCK) == 0 && ::dup2(again.get(), fd) == fd;
}

}  // namespace

BlockingDescriptor::BlockingDescriptor(int fd) noexcept : fd_(fd) {
  const int flags = ::fcntl(fd_, F_GETFL);
  if (flags < 0 || (flags & O_NONBLOCK) == 0 || open_again_blocking(fd_)) return;
  is_to_put_back_ = ::fcntl(fd_, F_SETFL, flags & ~O_NONBLOCK) == 0;
}

BlockingDescriptor::~BlockingDescriptor() {
  if (!is_to_put_back_) return;
  const int flags = ::fcntl(fd_, F_GETFL);
  if (flags >= 0) (void)::fcntl(fd_, F_SETFL, flags | O_NONBLOCK);
}

bool is_in_foreground() noexcept { return ::tcgetpgrp(STDERR_FILENO) == ::getpgrp(); }

}  // namespace forkmap::host
