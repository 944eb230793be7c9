// SPDX-License-Identifier: Apache-2.0
//
// Parts of a ProcessState: timers, signals, floating point.
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <forkmap/float_environment.hpp>
#include <set>

#include "core/base/signal_actions.hpp"
#include "core/base/signal_names.hpp"
#include "core/base/state_parts.hpp"

namespace forkmap::base {

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

class Signals final : public StatePart {
 public:
  Signals() {
    for (int signal = 1; signal < NSIG; ++signal) {
      if (set_.has(signal)) ::sigaction(signal, nullptr, &actions_[index_of(signal)]);
    }
    ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked_);
    ::sigaltstack(nullptr, &stack_);
  }
  void restore(StateChanges& changes) const override {
    const SignalSet set_now = signals_with_actions();
    for (int signal = 1; signal < NSIG; ++signal) {
      if (!set_.has(signal) && !set_now.has(signal)) continue;
      const struct sigaction& before = actions_[index_of(signal)];
      struct sigaction now{};
      // Fails for the two that glibc keeps for itself.
      if (::sigaction(signal, nullptr, &now) != 0 || same_action(before, now)) continue;
      changes.push_back({"what " + signal_name(signal) + " does"});
      ::sigaction(signal, &before, nullptr);
    }
    stack_t stack{};
    ::sigaltstack(nullptr, &stack);
    if (stack.ss_sp != stack_.ss_sp) {
      changes.push_back({"the stack of signal handlers"});
      ::sigaltstack(&stack_, nullptr);
    }
    sigset_t blocked{};
    ::pthread_sigmask(SIG_SETMASK, &blocked_, &blocked);
    if (!same_set(blocked, blocked_)) changes.push_back({"which signals are blocked"});
  }

 private:
  SignalSet set_ = signals_with_actions();
  std::array<struct sigaction, NSIG> actions_{};  // of others: SIG_DFL
  static constexpr std::size_t index_of(int signal) noexcept {
    return static_cast<std::size_t>(signal);
  }
  sigset_t blocked_{};
  stack_t stack_{};
};

class Floats final : public StatePart {
 public:
  void restore(StateChanges& changes) const override {
    if (!before_.is_current()) {
      changes.push_back({"how floating point rounds (a library built with -ffast-math does that)"});
    }
    before_.enter();
  }

 private:
  forkmap::detail::FloatEnvironment before_ = forkmap::detail::FloatEnvironment::current();
};

// Kernel numbers of timers of timer_create() that send a signal; none where /proc does not tell.
std::set<int> signal_timers() {
  std::set<int> timers;
  std::FILE* const file = std::fopen("/proc/self/timers", "re");
  if (file == nullptr) return timers;
  std::array<char, 256> line{};
  int number = -1;
  while (std::fgets(line.data(), line.size(), file) != nullptr) {
    (void)std::sscanf(line.data(), "ID: %d", &number);
    if (std::strncmp(line.data(), "notify: signal/", 15) == 0) timers.insert(number);
  }
  std::fclose(file);
  return timers;
}

constexpr std::array kIntervalTimers = {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF};

std::chrono::microseconds left_of(const itimerval& timer) noexcept {
  return std::chrono::seconds(timer.it_value.tv_sec) +
         std::chrono::microseconds(timer.it_value.tv_usec);
}

bool same_interval(const itimerval& left, const itimerval& right) noexcept {
  return left.it_interval.tv_sec == right.it_interval.tv_sec &&
         left.it_interval.tv_usec == right.it_interval.tv_usec;
}

class Timers final : public StatePart {
 public:
  Timers() {
    for (std::size_t i = 0; i < kIntervalTimers.size(); ++i) {
      ::getitimer(kIntervalTimers[i], &timers_[i]);
    }
  }
  void restore(StateChanges& changes) const override {
    bool any = false;
    for (std::size_t i = 0; i < kIntervalTimers.size(); ++i) {
      itimerval now{};
      ::getitimer(kIntervalTimers[i], &now);
      if (!is_changed(kIntervalTimers[i], now, timers_[i])) continue;
      any = true;
      ::setitimer(kIntervalTimers[i], &timers_[i], nullptr);
    }
    for (const int timer : signal_timers()) {
      if (made_.contains(timer)) continue;
      any = true;
      ::syscall(SYS_timer_delete, timer);
    }
    if (any) changes.push_back({"timers (alarm, setitimer, timer_create)"});
  }

 private:
  using Clock = std::chrono::steady_clock;

  // A timer that ran before has run on, and one without an interval may have come to its end.
  [[nodiscard]] bool is_changed(__itimer_which_t which, const itimerval& now,
                                const itimerval& before) const {
    if (left_of(before).count() == 0) return left_of(now).count() != 0;
    if (left_of(now).count() == 0) {
      return which == ITIMER_REAL && Clock::now() - begun_ < left_of(before);
    }
    return !same_interval(now, before) || left_of(now) > left_of(before);
  }

  Clock::time_point begun_ = Clock::now();
  std::array<itimerval, kIntervalTimers.size()> timers_{};
  std::set<int> made_ = signal_timers();
};

}  // namespace

StatePartPointer timers_part() { return std::make_unique<Timers>(); }
StatePartPointer signals_part() { return std::make_unique<Signals>(); }
StatePartPointer floats_part() { return std::make_unique<Floats>(); }

}  // namespace forkmap::base
