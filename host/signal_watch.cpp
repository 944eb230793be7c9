// SPDX-License-Identifier: Apache-2.0
#include "host/signal_watch.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/system_error.hpp"

namespace forkmap::host {

namespace {

bool is_ignored(int signal) {
  struct sigaction action = {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

SignalWatch::SignalWatch() {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int signal : {SIGINT, SIGHUP, SIGTSTP}) {
    if (!is_ignored(signal)) sigaddset(&watched, signal);
  }
  ::signal(SIGTERM, SIG_DFL);
  sigaddset(&watched, SIGTERM);
  sigaddset(&watched, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &watched, &former_);
  fd_ = base::UniqueFd(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_) base::throw_system_error("watch signals", errno);
  fd_ = base::moved_high(std::move(fd_));
}

SignalWatch::~SignalWatch() { ::sigprocmask(SIG_SETMASK, &former_, nullptr); }

std::optional<int> SignalWatch::take() {
  signalfd_siginfo info;
  if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

void hold_status_signal() {
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &only, nullptr);
  ::signal(SIGUSR1, SIG_DFL);  // what is ignored would not be kept
}

void stop_here() { ::raise(SIGSTOP); }

void end_by(int signal) {
  ::signal(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(signal);
  ::_exit(128 + signal);
}

}  // namespace forkmap::host
