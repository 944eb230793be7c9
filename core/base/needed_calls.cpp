// SPDX-License-Identifier: Apache-2.0
#include "core/base/needed_calls.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string>

#include "core/base/system_error.hpp"
#include "core/base/unique_fd.hpp"
#include "core/base/valgrind.hpp"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

namespace forkmap::base {

namespace {

// What a filter answers. Other errors are those of the arguments, or of a shortage that may pass.
bool is_refusal(int error_number) noexcept {
  return error_number == EPERM || error_number == ENOSYS || error_number == EACCES;
}

void check(const char* call, long result) {
  if (result >= 0 || !is_refusal(errno)) return;
  if (errno == ENOSYS && runs_under_valgrind()) {
    throw_system_error("use the system call " + std::string(call) +
                           ", which valgrind does not know; under valgrind only forkmap run "
                           "--serial works, which has no pool and no probe",
                       errno);
  }
  throw_system_error("use the system call " + std::string(call) +
                         ", which a filter (seccomp, a container) refuses and forkmap needs",
                     errno);
}

// A call that makes a descriptor.
UniqueFd made(const char* call, UniqueFd fd) {
  check(call, fd.get());
  return fd;
}

void try_waiting() {
  const pid_t self = ::getpid();
  pollfd nothing{-1, POLLIN, 0};
  check("poll", ::poll(&nothing, 1, 0));
  const UniqueFd pidfd =
      made("pidfd_open", UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, self, 0))));
  siginfo_t info{};
  if (pidfd) {
    check("pidfd_send_signal", ::syscall(SYS_pidfd_send_signal, pidfd.get(), 0, nullptr, 0));
    // This process is no child of its own: there is nothing to wait for.
    check("waitid",
          ::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &info, WEXITED | WNOHANG | WNOWAIT));
  }
  check("wait4", ::waitpid(self, nullptr, WNOHANG));
  std::uint32_t word = 0;
  check("futex", ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0));
}

void try_signals() {
  sigset_t mask;
  // The kernel's own call: the C library has an error here only for its arguments.
  check("rt_sigprocmask", ::sigprocmask(SIG_SETMASK, nullptr, &mask));
  struct sigaction action{};
  check("rt_sigaction", ::sigaction(SIGCHLD, nullptr, &action));
  ::sigemptyset(&mask);
  const UniqueFd signals =
      made("signalfd4", UniqueFd(::signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK)));
}

void try_events() {
  const UniqueFd events = made("epoll_create1", UniqueFd(::epoll_create1(EPOLL_CLOEXEC)));
  const UniqueFd bell = made("eventfd2", UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)));
  const UniqueFd timer =
      made("timerfd_create", UniqueFd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)));
  if (events && bell) {
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    check("epoll_ctl", ::epoll_ctl(events.get(), EPOLL_CTL_ADD, bell.get(), &wanted));
    check("epoll_wait", ::epoll_wait(events.get(), &wanted, 1, 0));
  }
  if (timer) {
    const itimerspec off{};
    check("timerfd_settime", ::timerfd_settime(timer.get(), 0, &off, nullptr));
  }
}

// One byte and one descriptor, as a zygote gets them.
void try_messages() {
  int ends[2] = {-1, -1};
  check("socketpair",
        ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends));
  if (ends[0] < 0) return;
  const UniqueFd from(ends[0]);
  const UniqueFd to(ends[1]);
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &ends[0], sizeof(int));
  check("sendmsg", ::sendmsg(to.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT));
  // The descriptor in it is closed with the socket.
  message.msg_control = nullptr;
  message.msg_controllen = 0;
  check("recvmsg", ::recvmsg(from.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
}

void try_memory() {
  // As shared memory is made: a system may want all memfds to be without execution.
  UniqueFd fd(::memfd_create("forkmap", MFD_CLOEXEC | MFD_NOEXEC_SEAL));
  if (!fd && errno == EINVAL) fd = UniqueFd(::memfd_create("forkmap", MFD_CLOEXEC));
  const UniqueFd memory = made("memfd_create", std::move(fd));
  if (memory) check("ftruncate", ::ftruncate(memory.get(), 1));
  // Where there is no /proc, whoever needs it says so.
  const UniqueFd tasks(::open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  char entries[1024];
  if (tasks) {
    check("getdents64", ::syscall(SYS_getdents64, tasks.get(), entries, sizeof entries));
  }
}

}  // namespace

namespace {

void try_all() {
  try_waiting();
  try_signals();
  try_events();
  try_messages();
  try_memory();
}

bool has_filter() noexcept { return ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 0; }

}  // namespace

void require_needed_calls() {
  if (has_filter()) return try_all();  // it may be newer than the last try
  static const bool are_there = (try_all(), true);
  (void)are_there;
}

}  // namespace forkmap::base
