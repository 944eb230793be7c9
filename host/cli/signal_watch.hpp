// SPDX-License-Identifier: Apache-2.0
//
// Signals to a run: the first is something to read between steps, the second ends the process
// whatever it is doing.
//  G1 A handler only notes that the signal has come, until a second SIGINT, SIGTERM or SIGHUP.
//     A second one is told from the first sent twice: it comes when the first has been taken, or at
//     least kMerged_ms later. A SIGHUP within kOneHangup_ms of another is part of it: of a terminal
//     that is closed the shell tells its jobs, and then the kernel does, too.
//  G2 The second ends all workers of this process, says one line on standard error if there is room
//     for it, and ends the process by itself (128 + its number in a shell). Nothing is flushed, and
//     no call has to know.
//  G3 Calls that a signal interrupts go on by themselves; waits (poll, epoll) end with EINTR.
#pragma once

#include <csignal>

#include <array>
#include <optional>

#include "core/base/unique_fd.hpp"

namespace forkmap::host {

inline constexpr int kMerged_ms = 100;
inline constexpr int kOneHangup_ms = 1000;

// Watches SIGINT, SIGTERM, SIGHUP, SIGTSTP and SIGUSR1 as long as it lives; one at a time. SIGINT
// and SIGHUP that the parent had ignored (nohup, background jobs) stay ignored; so does SIGTSTP.
class SignalWatch {
 public:
  SignalWatch();  // throws SystemError
  // What has come and was not taken comes to its effect.
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  // Readable when one has come.
  [[nodiscard]] int fd() const noexcept { return wake_.get(); }
  // The next one that has come, if any; of several the one with the lowest number.
  [[nodiscard]] std::optional<int> take() noexcept;

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGUSR1};

  base::UniqueFd wake_;
  std::array<struct sigaction, kSignals.size()> former_actions_{};
  sigset_t former_mask_;
};

// As for a second signal (G2).
[[noreturn]] void end_at_once(int signal) noexcept;

// From now on SIGUSR1 waits for somebody who takes it. Processes that are forked as workers are not
// concerned.
void hold_status_signal();

// Stops this process as Ctrl-Z does; returns when it goes on.
void stop_here();

// Ends this process by a signal, as if it had not been handled.
[[noreturn]] void end_by(int signal);

}  // namespace forkmap::host
