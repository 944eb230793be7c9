// SPDX-License-Identifier: Apache-2.0
#include "core/process/signal_state.hpp"

#include <sys/time.h>

namespace forkmap::process {

AllSignalsBlocked::AllSignalsBlocked() noexcept {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before_);
}

AllSignalsBlocked::~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

void reset_signals() noexcept {
  struct sigaction by_default{};
  by_default.sa_handler = SIG_DFL;
  ::sigemptyset(&by_default.sa_mask);
  // Refused for SIGKILL, SIGSTOP and the two that the C library keeps for itself; those have no
  // handler of anybody's.
  for (int number = 1; number <= SIGRTMAX; ++number) ::sigaction(number, &by_default, nullptr);

  const itimerval off{};
  ::setitimer(ITIMER_REAL, &off, nullptr);
  ::setitimer(ITIMER_VIRTUAL, &off, nullptr);
  ::setitimer(ITIMER_PROF, &off, nullptr);

  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace forkmap::process
