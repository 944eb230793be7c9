// SPDX-License-Identifier: Apache-2.0
#include "core/process/signal_state.hpp"

#include "core/base/failing_writes.hpp"
#include "core/base/signal_actions.hpp"

namespace forkmap::process {

AllSignalsBlocked::AllSignalsBlocked() noexcept {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before_);
}

AllSignalsBlocked::~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

void reset_signals() noexcept {
  base::reset_signal_actions([](int signal) {
    return (signal == SIGPIPE || signal == SIGXFSZ) && base::is_ignored(signal);
  });
  base::let_writes_fail(SIGPIPE);
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace forkmap::process
