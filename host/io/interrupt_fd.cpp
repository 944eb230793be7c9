// SPDX-License-Identifier: Apache-2.0
#include "host/io/interrupt_fd.hpp"

#include <sys/signalfd.h>
#include <unistd.h>
#include <csignal>

#include <cerrno>
#include <utility>

#include "core/base/system_error.hpp"

namespace forkmap::host {

void InterruptFd::take_over() {
  sigset_t interrupts;
  ::sigemptyset(&interrupts);
  ::sigaddset(&interrupts, SIGINT);
  // Workers and other programs begin with an empty mask of their own.
  if (::sigprocmask(SIG_BLOCK, &interrupts, nullptr) != 0) {
    base::throw_system_error("block interrupts", errno);
  }
  signals_ = base::UniqueFd(::signalfd(-1, &interrupts, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) base::throw_system_error("wait for interrupts", errno);
  signals_ = base::moved_high(std::move(signals_));
}

void InterruptFd::forget() noexcept {
  signalfd_siginfo signal{};
  while (::read(fd(), &signal, sizeof(signal)) > 0) {
  }
}

}  // namespace forkmap::host
