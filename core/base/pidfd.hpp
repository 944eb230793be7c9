// SPDX-License-Identifier: Apache-2.0
//
// Processes by pidfd: a pidfd names one process for ever, a pid only until it is reaped.
#pragma once

#include <sys/types.h>

#include <chrono>

#include "core/base/unique_fd.hpp"

namespace forkmap::base {

// An empty descriptor if there is none to be had; errno then says why. It is closed on exec.
[[nodiscard]] UniqueFd open_pidfd(pid_t pid) noexcept;

// True once the process has ended (all its threads), reaped or not.
[[nodiscard]] bool has_ended(int pidfd) noexcept;

// Waits until the process has ended, at most so long. True if it has.
bool wait_for_end(int pidfd, std::chrono::milliseconds limit) noexcept;

// False if the process has ended already or may not be signalled.
bool send_signal(int pidfd, int signal_number) noexcept;

// SIGKILL to a session leader and to its process group, also when the leader is dead already and
// somebody else has reaped it: for workers whose zygote is gone. `pid` is the leader's.
void kill_with_group(int pidfd, pid_t pid) noexcept;

}  // namespace forkmap::base
