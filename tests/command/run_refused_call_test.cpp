// SPDX-License-Identifier: Apache-2.0
//
// Runs where a filter (seccomp, as containers have it) refuses a system call. Their numbers are
// those of x86-64; other machines have other calls for some of them.
#include <sys/syscall.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

#if defined(__x86_64__) && !defined(FORKMAP_SANITIZED)

using namespace forkmap::cli;

namespace {

// Each has a process of its own, since a filter is for ever.
Ended run_without(long number, int error, const std::vector<std::string>& arguments) {
  Launch launch = launch_of(arguments);
  const std::vector<std::string> words = {FORKMAP_REFUSE_CALL, std::to_string(number),
                                          std::to_string(error)};
  launch.command.insert(launch.command.begin(), words.begin(), words.end());
  return ChildProcess(launch).finish();
}

}  // namespace

TEST_CASE("K5: a refused call that is needed is named with its error, once and at once") {
  const auto [number, name] = GENERATE(table<long, std::string>({
      {SYS_poll, "poll"},
      {SYS_waitid, "waitid"},
      {SYS_wait4, "wait4"},
      {SYS_pidfd_open, "pidfd_open"},
      {SYS_pidfd_send_signal, "pidfd_send_signal"},
      {SYS_signalfd4, "signalfd4"},
      {SYS_socketpair, "socketpair"},
      {SYS_sendmsg, "sendmsg"},
      {SYS_recvmsg, "recvmsg"},
      {SYS_eventfd2, "eventfd2"},
      {SYS_epoll_create1, "epoll_create1"},
      {SYS_timerfd_create, "timerfd_create"},
      {SYS_memfd_create, "memfd_create"},
      {SYS_ftruncate, "ftruncate"},
      {SYS_getdents64, "getdents64"},
      {SYS_rt_sigprocmask, "rt_sigprocmask"},
      {SYS_clone, "fork"},
      {SYS_pipe2, "pipe2"},
  }));
  const int error = GENERATE(EPERM, ENOSYS);
  const Ended ended = run_without(number, error, {"run", "arith:square", "1", "2"});
  CAPTURE(name, ended.errors);
  CHECK(ended.status == 3);
  CHECK(ended.output.empty());
  CHECK(contains(ended.errors, name));
  const std::string text = error == EPERM ? "Operation not permitted" : "Function not implemented";
  CHECK(count_of(ended.errors, text) == 1);
}

TEST_CASE("K5: a refused call that only helps is gone without") {
  const long number = GENERATE(SYS_madvise, SYS_sigaltstack, SYS_readlink, SYS_prctl, SYS_setsid,
                               SYS_sched_setaffinity, SYS_setpriority, SYS_mincore, SYS_fdatasync,
                               SYS_getrandom, SYS_ioctl, SYS_umask, SYS_munlock);
  const int error = GENERATE(EPERM, ENOSYS);
  const Ended ended = run_without(number, error, {"run", "arith:square", "1", "2", "3"});
  CAPTURE(number, error, ended.errors);
  CHECK(ended.status == 0);
  CHECK(ended.output == "1\n4\n9\n");
  CHECK(ended.errors.empty());
}

TEST_CASE("K5: files of a run are written where links cannot be read") {
  const int error = GENERATE(EPERM, ENOSYS);
  const TestFolder folder;
  const auto path = [&folder](const char* name) { return folder.path() + "/" + name; };
  const Ended ended = run_without(
      SYS_readlink, error,
      {"run", "--stats", path("s"), "--report", path("r"), "--trace", path("t"), "--joblog",
       path("j"), "--output", path("O"), "--failures", path("f"), "arith:square", "1", "2"});
  CAPTURE(error, ended.errors);
  CHECK(ended.status == 0);
  CHECK(ended.errors.empty());
  CHECK(folder.read("O") == "1\n4\n");
  CHECK(contains(folder.read("s"), "\"items\""));
  CHECK(contains(folder.read("r"), "<html"));
  CHECK(contains(folder.read("t"), "["));
  CHECK(contains(folder.read("j"), "JobRuntime"));
  // Where there is a link, that is what is named.
  std::filesystem::create_symlink("s", path("link"));
  const Ended link =
      run_without(SYS_readlink, error, {"run", "--stats", path("link"), "arith:square", "1"});
  CHECK(link.status == 2);
  CHECK(contains(link.errors, "its symbolic link cannot be followed: "));
}

TEST_CASE("K5: without a name of the executable a failure has a replay line all the same") {
  const Ended ended =
      run_without(SYS_readlink, EACCES, {"run", test_plugin("believed") + ":crash_in_f", "1"});
  CHECK(ended.status == 1);
  CHECK(contains(ended.errors, "forkmap run --serial"));
}

#endif
