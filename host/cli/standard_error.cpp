// SPDX-License-Identifier: Apache-2.0
#include "host/cli/standard_error.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace forkmap::host {

void write_to_standard_error(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
    if (count > 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (count < 0 && errno == EAGAIN) {
      pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
      ::poll(&room, 1, -1);
    } else if (count < 0 && errno != EINTR) {
      return;
    }
  }
}

bool is_in_foreground() noexcept { return ::tcgetpgrp(STDERR_FILENO) == ::getpgrp(); }

}  // namespace forkmap::host
