// SPDX-License-Identifier: Apache-2.0
#include "tests/kit/forked.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include "tests/catch.hpp"

namespace forkmap::tests {

int run_forked(const std::function<int()>& body) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(body());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return status;
}

bool exited_with(int status, int code) { return WIFEXITED(status) && WEXITSTATUS(status) == code; }

bool died_of(int status, int signal) { return WIFSIGNALED(status) && WTERMSIG(status) == signal; }

}  // namespace forkmap::tests
