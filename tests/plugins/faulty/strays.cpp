// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "tests/plugins/faulty/faulty.hpp"

namespace faulty {

namespace {

[[noreturn]] void become_sleeper() {
  ::setsid();
  ::execlp("sleep", "sleep", "1000", static_cast<char*>(nullptr));
  ::_exit(127);
}

}  // namespace

std::int64_t print_junk(std::int64_t size_bytes) {
  std::printf("{\"id\":1}\n");
  for (std::int64_t i = 0; i < size_bytes; ++i) std::putchar(i % 80 == 79 ? '\n' : 'j');
  std::fflush(stdout);
  if (std::system("echo '{\"id\":2}'") != 0) throw std::runtime_error("the child failed");
  return size_bytes;
}

std::int64_t close_descriptors(std::int64_t x) {
  for (int descriptor = 3; descriptor <= 4096; ++descriptor) ::close(descriptor);
  return x;
}

std::int64_t fork_and_return(std::int64_t x) {
  if (::fork() == -1) throw std::runtime_error("cannot fork");
  return x;
}

std::int64_t spawn_sleeper(std::int64_t) {
  const ::pid_t child = ::fork();
  if (child == -1) throw std::runtime_error("cannot fork");
  if (child == 0) become_sleeper();
  return child;
}

std::int64_t spawn_daemon(std::int64_t) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const ::pid_t middle = ::fork();
  if (middle == -1) throw std::runtime_error("cannot fork");
  if (middle == 0) {
    ::setsid();
    const ::pid_t daemon = ::fork();
    if (daemon == 0) {
      ::close(ends[0]);
      ::close(ends[1]);
      become_sleeper();
    }
    ::_exit(::write(ends[1], &daemon, sizeof daemon) == sizeof daemon ? 0 : 1);
  }
  ::close(ends[1]);
  ::pid_t daemon = -1;
  const ::ssize_t got = ::read(ends[0], &daemon, sizeof daemon);
  ::close(ends[0]);
  if (got != sizeof daemon || daemon == -1) throw std::runtime_error("cannot fork twice");
  return daemon;
}

std::int64_t block_signals(std::int64_t duration_ms) {
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  return sleep_ms(duration_ms);
}

std::int64_t shell_wait(std::int64_t) { return std::system("sleep 0.1 & wait"); }

}  // namespace faulty
