// SPDX-License-Identifier: Apache-2.0
#include "core/base/signal_actions.hpp"

#include "tests/catch.hpp"
#include "tests/kit/forked.hpp"

using forkmap::base::reset_signal_actions;
using forkmap::base::signals_with_actions;
using forkmap::tests::run_forked;

namespace {

void do_nothing(int) {}

bool does_default(int signal) {
  struct sigaction action{};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_DFL;
}

// 0, or the first signal that the set tells otherwise than the question for it does.
int first_that_differs() {
  const auto set = signals_with_actions();
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action{};
    if (::sigaction(signal, nullptr, &action) != 0) continue;                // the C library's own
    const bool may_act = action.sa_handler != SIG_DFL || signal == SIGCHLD;  // it has flags, too
    if (set.has(signal) != may_act) return signal;
  }
  return 0;
}

}  // namespace

TEST_CASE("the set of signals with actions is what asking for each one gives") {
  CHECK(run_forked([] {
          ::signal(SIGHUP, SIG_IGN);
          ::signal(SIGUSR1, &do_nothing);
          ::signal(SIGRTMAX, &do_nothing);
          const auto set = signals_with_actions();
          if (!set.has(SIGHUP) || !set.has(SIGUSR1) || !set.has(SIGRTMAX)) return NSIG;
          return first_that_differs();
        }) == 0);
}

TEST_CASE("all signals are reset but those that stay") {
  CHECK(run_forked([] {
          for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, &do_nothing);
          ::signal(SIGPIPE, SIG_IGN);
          reset_signal_actions([](int signal) { return signal == SIGPIPE; });
          for (int signal = 1; signal < NSIG; ++signal) {
            struct sigaction action{};
            const bool is_told = ::sigaction(signal, nullptr, &action) == 0;
            if (is_told && does_default(signal) == (signal == SIGPIPE)) return signal;
          }
          return 0;
        }) == 0);
}

TEST_CASE("what a program has said about its children's ends is reset, too") {
  CHECK(run_forked([] {
          struct sigaction action{};
          action.sa_handler = SIG_DFL;
          action.sa_flags = SA_NOCLDWAIT | SA_NOCLDSTOP;
          ::sigaction(SIGCHLD, &action, nullptr);
          reset_signal_actions([](int) { return false; });
          ::sigaction(SIGCHLD, nullptr, &action);
          return action.sa_flags & (SA_NOCLDWAIT | SA_NOCLDSTOP);
        }) == 0);
}
