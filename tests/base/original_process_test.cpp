// SPDX-License-Identifier: Apache-2.0
#include "core/base/original_process.hpp"

#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/catch.hpp"

namespace forkmap::testing {

namespace {

// What a child that was made by `fork` answers: 0, it is not the original.
template <class Fork>
int answer_of_child(const base::OriginalProcess& original, Fork fork) {
  const pid_t child = fork();
  if (child == 0) ::_exit(original.is_here() ? 1 : 0);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("the process that made it is the original one, and its children are not") {
  const base::OriginalProcess original;
  CHECK(original.is_here());
  CHECK(answer_of_child(original, [] { return ::fork(); }) == 0);
  CHECK(original.is_here());
}

TEST_CASE("a child that was forked behind the C library's back is not the original") {
  const base::OriginalProcess original;
  CHECK(answer_of_child(original, [] {
          return static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0L));
        }) == 0);
  CHECK(original.is_here());
}

}  // namespace forkmap::testing
