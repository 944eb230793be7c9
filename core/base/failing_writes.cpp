// SPDX-License-Identifier: Apache-2.0
#include "core/base/failing_writes.hpp"

#include <csignal>

namespace forkmap::base {

namespace {

// The error that the write returns says it all.
void do_nothing(int) {}

}  // namespace

bool is_ignored(int signal) noexcept {
  struct sigaction action = {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void let_writes_fail(int signal) noexcept {
  if (is_ignored(signal)) return;
  struct sigaction action = {};
  action.sa_handler = &do_nothing;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace forkmap::base
