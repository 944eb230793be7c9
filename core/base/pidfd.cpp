// SPDX-License-Identifier: Apache-2.0
#include "core/base/pidfd.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace forkmap::base {

namespace {

constexpr unsigned kSignalProcessGroup = 4;  // PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9

bool send_with_flags(int pidfd, int signal_number, unsigned flags) noexcept {
  return ::syscall(SYS_pidfd_send_signal, pidfd, signal_number, nullptr, flags) == 0;
}

}  // namespace

UniqueFd open_pidfd(pid_t pid) noexcept {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

bool has_ended(int pidfd) noexcept { return wait_for_end(pidfd, std::chrono::milliseconds(0)); }

bool wait_for_end(int pidfd, std::chrono::milliseconds limit) noexcept {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd end{pidfd, POLLIN, 0};
    const int ready = ::poll(&end, 1, static_cast<int>(std::max<long>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

bool send_signal(int pidfd, int signal_number) noexcept {
  return send_with_flags(pidfd, signal_number, 0);
}

void kill_with_group(int pidfd, pid_t pid) noexcept {
  send_with_flags(pidfd, SIGKILL, 0);
  if (send_with_flags(pidfd, SIGKILL, kSignalProcessGroup)) return;
  if (errno != EINVAL) return;  // no such group any more
  // An older kernel. As long as the group has members its number is not given to a new process. So
  // if there is no process of that pid, or it is still the one of the pidfd, the group is the right
  // one.
  const bool leader_alive = send_with_flags(pidfd, 0, 0);
  const bool nobody_has_pid = ::kill(pid, 0) != 0 && errno == ESRCH;
  if (leader_alive || nobody_has_pid) ::kill(-pid, SIGKILL);
}

}  // namespace forkmap::base
