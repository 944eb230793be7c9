// SPDX-License-Identifier: Apache-2.0
//
// deadly: functions that kill, stop or confuse their worker or its zygote, for tests of what a pool
// does then.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <forkmap/plugin.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

std::int64_t calls_so_far = 0;  // in this process

std::int64_t die(std::int64_t) { ::_exit(9); }

std::string die_of_text(std::string_view) { ::_exit(9); }

// As a library that cannot be used twice in one process.
std::int64_t only_once(std::int64_t x) {
  if (++calls_so_far > 1) ::_exit(3);
  return x;
}

std::string only_once_text(std::string_view text) {
  if (++calls_so_far > 1) ::_exit(3);
  return std::string(text);
}

std::vector<double> only_once_array(std::vector<double> values) {
  if (++calls_so_far > 1) ::_exit(3);
  return values;
}

// What this process was given before, so that a test sees with whom an item ran.
std::int64_t calls_before(std::int64_t x) {
  const std::int64_t before = calls_so_far++;
  if (x < 0 && before > 0) ::_exit(3);
  return before;
}

std::int64_t be_traced(std::int64_t x) {
  ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  return x;
}

// The worker stops at the signal until its tracer, the zygote, lets it go on.
std::int64_t be_traced_and_signal(std::int64_t x) {
  ::signal(SIGUSR1, SIG_IGN);
  ::signal(SIGUSR2, [](int) {});
  ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  ::raise(static_cast<int>(x % 2) == 0 ? SIGUSR1 : SIGUSR2);
  return x;
}

std::int64_t be_traced_and_crash_on_three(std::int64_t x) {
  ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  if (x == 3) ::raise(SIGSEGV);
  return x;
}

std::int64_t be_traced_and_stop_on_three(std::int64_t x) {
  ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  if (x == 3) ::raise(SIGSTOP);
  return x;
}

std::int64_t be_traced_and_hang_on_three(std::int64_t x) {
  ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  while (x == 3) ::pause();
  return x;
}

std::int64_t be_traced_in_thread_and_die_on_three(std::int64_t x) {
  if (x != 3) return x;
  std::atomic<bool> is_traced = false;
  std::thread([&is_traced] {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    is_traced = true;
    for (;;) ::pause();
  }).detach();
  while (!is_traced) ::sched_yield();
  ::_exit(9);
}

std::int64_t stop_zygote(std::int64_t x) {
  ::kill(::getppid(), SIGSTOP);
  return x;
}

// Its worker's death is told by nobody while the zygote is stopped.
std::int64_t stop_zygote_and_die_on_three(std::int64_t x) {
  if (x == 3) {
    ::kill(::getppid(), SIGSTOP);
    ::_exit(9);
  }
  return x;
}

// Stops the zygote again and again, in a process of its own, as long as this worker lives.
std::int64_t keep_zygote_stopped_on_three(std::int64_t x) {
  if (x != 3) return x;
  const ::pid_t zygote = ::getppid();
  if (::fork() == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
      if (::kill(zygote, SIGSTOP) != 0) ::_exit(0);
      ::usleep(1000);
    }
  }
  for (;;) ::pause();
}

std::int64_t wait_for_ever(std::int64_t) {
  for (;;) ::pause();
}

// Leaves a process in a session of its own, whose pid is the result.
std::int64_t leave_daemon(std::int64_t) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const ::pid_t middle = ::fork();
  if (middle == 0) {
    ::setsid();
    if (::fork() == 0) {
      ::setsid();
      const ::pid_t daemon = ::getpid();
      if (::write(ends[1], &daemon, sizeof daemon) != sizeof daemon) ::_exit(1);
      ::execlp("sleep", "sleep", "1000", static_cast<char*>(nullptr));
      ::_exit(127);
    }
    ::_exit(0);
  }
  ::waitpid(middle, nullptr, 0);
  ::pid_t daemon = 0;
  if (::read(ends[0], &daemon, sizeof daemon) != sizeof daemon) throw std::runtime_error("no pid");
  ::close(ends[0]);
  ::close(ends[1]);
  return daemon;
}

std::int64_t leave_daemon_and_kill_zygote(std::int64_t x) {
  const std::int64_t daemon = leave_daemon(x);
  // Once only: the pool goes on with another zygote.
  const std::string flag(forkmap::parameter("flag").value_or("/nowhere"));
  const int fd = ::open(flag.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::dprintf(fd, "%lld\n", static_cast<long long>(daemon));
    ::close(fd);
    ::kill(::getppid(), SIGKILL);
    for (;;) ::pause();
  }
  return x;
}

}  // namespace

using forkmap::function;

FORKMAP_PLUGIN(
    "deadly", "1.0", function<die>("die", "Leave with status 9."),
    function<die_of_text>("die_of_text", "The same, of a text."),
    function<only_once>("only_once", "Return x; leave with status 3 at the second call."),
    function<only_once_text>("only_once_text", "The same, of a text."),
    function<only_once_array>("only_once_array", "The same, of an array."),
    function<calls_before>("calls_before",
                           "Return the calls before; a negative one must be the first."),
    function<be_traced>("be_traced", "Ask to be traced."),
    function<be_traced_and_signal>("be_traced_and_signal", "The same, then get a signal."),
    function<be_traced_and_crash_on_three>("be_traced_and_crash_on_three",
                                           "The same, then crash on 3."),
    function<be_traced_and_stop_on_three>("be_traced_and_stop_on_three", "The same, stop on 3."),
    function<be_traced_and_hang_on_three>("be_traced_and_hang_on_three", "The same, hang on 3."),
    function<be_traced_in_thread_and_die_on_three>("be_traced_in_thread_and_die_on_three",
                                                   "Be traced in a thread and die on 3."),
    function<stop_zygote>("stop_zygote", "Stop the zygote."),
    function<stop_zygote_and_die_on_three>("stop_zygote_and_die_on_three",
                                           "Stop the zygote and die on 3."),
    function<keep_zygote_stopped_on_three>("keep_zygote_stopped_on_three",
                                           "Stop the zygote again and again on 3."),
    function<wait_for_ever>("wait_for_ever", "Never return."),
    function<leave_daemon>("leave_daemon", "Leave a process behind; return its pid."),
    function<leave_daemon_and_kill_zygote>("leave_daemon_and_kill_zygote",
                                           "Leave a process behind and kill the zygote, once."))
