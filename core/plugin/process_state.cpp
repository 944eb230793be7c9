// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/process_state.hpp"

#include <cstring>

namespace forkmap::plugin {

namespace {

bool same_action(const struct sigaction& left, const struct sigaction& right) {
  const bool left_info = (left.sa_flags & SA_SIGINFO) != 0;
  const bool right_info = (right.sa_flags & SA_SIGINFO) != 0;
  if (left_info != right_info) return false;
  return left_info ? left.sa_sigaction == right.sa_sigaction : left.sa_handler == right.sa_handler;
}

bool same_set(const sigset_t& left, const sigset_t& right) {
  for (int signal = 1; signal < NSIG; ++signal) {
    if (::sigismember(&left, signal) != ::sigismember(&right, signal)) return false;
  }
  return true;
}

}  // namespace

std::string signal_name(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return name == nullptr ? "signal " + std::to_string(signal) : std::string("SIG") + name;
}

ProcessState::ProcessState() {
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action{};
    // Fails for the two that glibc keeps for itself.
    if (::sigaction(signal, nullptr, &action) == 0) actions_.emplace(signal, action);
  }
  ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked_);
  std::fegetenv(&floating_point_);
}

std::vector<std::string> ProcessState::restore() const {
  std::vector<std::string> changes;
  for (const auto& [signal, action] : actions_) {
    struct sigaction now{};
    if (::sigaction(signal, nullptr, &now) != 0 || same_action(action, now)) continue;
    changes.push_back("what " + signal_name(signal) + " does");
    ::sigaction(signal, &action, nullptr);
  }
  sigset_t blocked{};
  ::pthread_sigmask(SIG_SETMASK, &blocked_, &blocked);
  if (!same_set(blocked, blocked_)) changes.emplace_back("which signals are blocked");
  std::fenv_t floating_point{};
  std::fegetenv(&floating_point);
#if defined(__x86_64__)
  // The flags of past exceptions (the low six bits) are no setting.
  constexpr unsigned settings = ~0x3fU;
  const bool same = (floating_point.__mxcsr & settings) == (floating_point_.__mxcsr & settings) &&
                    floating_point.__control_word == floating_point_.__control_word;
#else
  const bool same = std::memcmp(&floating_point, &floating_point_, sizeof floating_point) == 0;
#endif
  std::fesetenv(&floating_point_);
  if (!same) {
    changes.emplace_back("how floating point rounds (a library built with -ffast-math does that)");
  }
  return changes;
}

}  // namespace forkmap::plugin
