// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include <stdexcept>
#include <utility>

#include <forkmap/run_environment.hpp>

#include "tests/plugins/faulty/faulty.hpp"

namespace faulty {

namespace {

std::int64_t variable = 1;

}  // namespace

std::int64_t stale_variable(std::int64_t) { return variable; }

std::int64_t set_variable(std::int64_t value) { return std::exchange(variable, value); }

std::string parameter_value(std::string_view name) {
  const auto value = forkmap::parameter(name);
  if (!value) throw std::invalid_argument("no parameter " + std::string(name));
  return std::string(*value);
}

std::int64_t blocked_signals(std::int64_t) {
  sigset_t blocked;
  ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
  std::int64_t count = 0;
  for (int number = 1; number <= SIGRTMAX; ++number) count += sigismember(&blocked, number) == 1;
  return count;
}

std::int64_t changed_signals(std::int64_t) {
  std::int64_t count = 0;
  for (int number = 1; number <= SIGRTMAX; ++number) {
    struct sigaction action = {};
    if (::sigaction(number, nullptr, &action) == 0) count += action.sa_handler == SIG_IGN;
  }
  return count;
}

std::int64_t open_descriptors(std::int64_t) {
  std::int64_t count = 0;
  for (int descriptor = 0; descriptor < 65536; ++descriptor) {
    count += ::fcntl(descriptor, F_GETFD) != -1;
  }
  return count;
}

std::int64_t core_limit(std::int64_t) {
  rlimit limit = {};
  ::getrlimit(RLIMIT_CORE, &limit);
  return limit.rlim_cur == RLIM_INFINITY ? -1 : static_cast<std::int64_t>(limit.rlim_cur);
}

}  // namespace faulty

// For a host that changes the variable after its workers were forked.
extern "C" [[gnu::visibility("default")]] void faulty_set_variable(std::int64_t value);
extern "C" void faulty_set_variable(std::int64_t value) { faulty::set_variable(value); }
