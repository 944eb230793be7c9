// SPDX-License-Identifier: Apache-2.0
//
// Interrupts as something to read between steps: no code runs in signal handlers.
#pragma once

#include <csignal>

#include <optional>

#include "core/base/unique_fd.hpp"

namespace forkmap::host {

// Blocks SIGINT, SIGTERM, SIGHUP, SIGTSTP and SIGUSR1 in this process and reads them from a
// descriptor, as long as it lives. SIGINT and SIGHUP that the parent had ignored (nohup, background
// jobs) stay ignored; so does SIGTSTP.
class SignalWatch {
 public:
  SignalWatch();  // throws SystemError
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  // The next one that has come, if any.
  [[nodiscard]] std::optional<int> take();

 private:
  sigset_t former_;
  base::UniqueFd fd_;
};

// From now on SIGUSR1 waits for somebody who takes it. Processes that are forked as workers are not
// concerned.
void hold_status_signal();

// Stops this process as Ctrl-Z does; returns when it goes on.
void stop_here();

// Ends this process by a signal, as if it had not been handled.
[[noreturn]] void end_by(int signal);

}  // namespace forkmap::host
