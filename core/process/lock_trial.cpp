// SPDX-License-Identifier: Apache-2.0
#include "core/process/lock_trial.hpp"

#include <poll.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "core/process/message_socket.hpp"
#include "core/process/reserved_status.hpp"

namespace forkmap::process {

namespace {

// In a process with one thread nobody gives a held lock back, so that the patience is short.
// Counted in ticks and not in one span: between two of them the process has had its turn, however
// busy the machine is.
constexpr int kTick_us = 2000;
constexpr int kPatience_ticks = 4;

// What the handler works with, since a handler has no argument of its own.
int told_socket = -1;
int ticks = 0;

void tell(LockTrial result) noexcept { (void)send_message(told_socket, result); }

void on_tick(int) noexcept {
  if (++ticks < kPatience_ticks) return;
  tell(LockTrial::held);
  ::_exit(exit_code(ReservedStatus::setup_failed));
}

}  // namespace

void try_lock(int socket, const std::function<void()>& use) noexcept {
  told_socket = socket;
  struct sigaction action{};
  action.sa_handler = on_tick;
  struct sigaction before{};
  ::sigaction(SIGALRM, &action, &before);
  sigset_t alarm;
  sigset_t mask;
  ::sigemptyset(&alarm);
  ::sigaddset(&alarm, SIGALRM);
  ::pthread_sigmask(SIG_UNBLOCK, &alarm, &mask);
  const itimerval tick{{0, kTick_us}, {0, kTick_us}};
  const itimerval no_tick{};
  ::setitimer(ITIMER_REAL, &tick, nullptr);
  use();
  ::setitimer(ITIMER_REAL, &no_tick, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
  tell(LockTrial::free);
}

LockTrial hear_of_lock(int socket, pid_t child) noexcept {
  constexpr int kLook_ms = 50;
  constexpr auto kPatience = std::chrono::seconds(2);
  for (const auto deadline = std::chrono::steady_clock::now() + kPatience;;) {
    pollfd watched{socket, POLLIN, 0};
    ::poll(&watched, 1, kLook_ms);
    // Asked before the socket is read: what a child says it says before its end.
    siginfo_t info{};
    const bool has_ended =
        ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid != 0;
    LockTrial result{};
    ReceivedDescriptors descriptors;
    if (receive_message(socket, result, descriptors) == ReceiveResult::received) return result;
    if (has_ended) return LockTrial::none;
    if (std::chrono::steady_clock::now() < deadline) continue;
    ::kill(child, SIGKILL);
    return LockTrial::silent;
  }
}

}  // namespace forkmap::process
