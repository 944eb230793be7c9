// SPDX-License-Identifier: Apache-2.0
#include "core/process/exit_status.hpp"

#include <csignal>

#include "tests/catch.hpp"

using namespace forkmap::process;

namespace {

constexpr int exited(int code) { return code << 8; }

}  // namespace

TEST_CASE("a wait status is told with the signal's name and meaning") {
  CHECK(wait_status_text(SIGSEGV) == "killed by SIGSEGV (segmentation fault)");
  CHECK(wait_status_text(SIGABRT | 0x80) == "killed by SIGABRT (aborted)");
  CHECK(wait_status_text(SIGKILL) == "killed by SIGKILL (killed)");
  CHECK(wait_status_text(SIGXCPU) == "killed by SIGXCPU (CPU time limit exceeded)");
  CHECK(wait_status_text(SIGSYS | 0x80) ==
        "killed by SIGSYS (bad system call: a seccomp filter forbids it)");
  CHECK(wait_status_text(SIGRTMIN + 3) == "killed by SIGRTMIN+3");
}

TEST_CASE("an exit status is told, and what a reserved one stands for") {
  CHECK(wait_status_text(exited(3)) == "exited with status 3");
  CHECK(wait_status_text(exited(0)) == "exited with status 0");
  CHECK(wait_status_text(exited(243)) ==
        "exited with status 243 (the function called pthread_exit)");
}

TEST_CASE("what waitid tells becomes what waitpid would have stored") {
  siginfo_t info{};
  info.si_code = CLD_EXITED;
  info.si_status = 5;
  CHECK(wait_status_of(info) == exited(5));
  info.si_code = CLD_KILLED;
  info.si_status = SIGTERM;
  CHECK(WTERMSIG(wait_status_of(info)) == SIGTERM);
  info.si_code = CLD_DUMPED;
  CHECK(WCOREDUMP(wait_status_of(info)));
  info.si_code = CLD_STOPPED;
  info.si_status = SIGSTOP;
  CHECK(WSTOPSIG(wait_status_of(info)) == SIGSTOP);
}
