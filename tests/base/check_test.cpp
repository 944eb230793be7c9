// SPDX-License-Identifier: Apache-2.0
#include "core/base/check.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include "tests/catch.hpp"

namespace {

struct Ending {
  int status;
  std::string standard_error;
};

// Runs `body` in a child and returns how it ended and what it wrote to standard error.
template <class Body>
Ending run_in_child(Body body) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // the test framework would report it as its own
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    body();
    ::_exit(0);
  }
  ::close(ends[1]);
  Ending ending{};
  std::array<char, 512> part{};
  for (ssize_t size = 0; (size = ::read(ends[0], part.data(), part.size())) > 0;) {
    ending.standard_error.append(part.data(), static_cast<std::size_t>(size));
  }
  ::close(ends[0]);
  REQUIRE(::waitpid(child, &ending.status, 0) == child);
  return ending;
}

}  // namespace

TEST_CASE("a check that holds evaluates its condition once and says nothing") {
  const Ending ending = run_in_child([] {
    int evaluated = 0;
    FORKMAP_CHECK(++evaluated == 1);
    FORKMAP_CHECK(evaluated == 1);
  });
  REQUIRE(WIFEXITED(ending.status));
  CHECK(WEXITSTATUS(ending.status) == 0);
  CHECK(ending.standard_error.empty());
}

TEST_CASE("a check that fails aborts and names file, line and condition") {
  const Ending ending = run_in_child([] { FORKMAP_CHECK(1 + 1 == 3); });
  const int line = __LINE__ - 1;
  REQUIRE(WIFSIGNALED(ending.status));
  CHECK(WTERMSIG(ending.status) == SIGABRT);
  CHECK(ending.standard_error.find("check_test.cpp:" + std::to_string(line)) != std::string::npos);
  CHECK(ending.standard_error.find("(1 + 1 == 3) does not hold") != std::string::npos);
}
