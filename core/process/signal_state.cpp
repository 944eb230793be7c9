// SPDX-License-Identifier: Apache-2.0
#include "core/process/signal_state.hpp"

#include <sys/time.h>

#include "core/base/failing_writes.hpp"

namespace forkmap::process {

AllSignalsBlocked::AllSignalsBlocked() noexcept {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before_);
}

AllSignalsBlocked::~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

void reset_signals() noexcept {
  const bool ignores_pipes = base::is_ignored(SIGPIPE);
  const bool ignores_limits = base::is_ignored(SIGXFSZ);
  struct sigaction by_default{};
  by_default.sa_handler = SIG_DFL;
  ::sigemptyset(&by_default.sa_mask);
  // Refused for SIGKILL, SIGSTOP and the two that the C library keeps for itself; those have no
  // handler of anybody's.
  for (int number = 1; number <= SIGRTMAX; ++number) {
    const bool stays =
        (number == SIGPIPE && ignores_pipes) || (number == SIGXFSZ && ignores_limits);
    if (!stays) ::sigaction(number, &by_default, nullptr);
  }
  base::let_writes_fail(SIGPIPE);

  const itimerval off{};
  ::setitimer(ITIMER_REAL, &off, nullptr);
  ::setitimer(ITIMER_VIRTUAL, &off, nullptr);
  ::setitimer(ITIMER_PROF, &off, nullptr);

  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace forkmap::process
