// SPDX-License-Identifier: Apache-2.0
#include "core/process/session.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <vector>

#include "tests/catch.hpp"
#include "tests/process/zygote_team.hpp"

using namespace forkmap::process;
using namespace forkmap::process::test;
using namespace std::chrono_literals;

namespace {

pid_t start_sleeper() {
  return fork_and_run([] {
    for (;;) ::pause();
    return 0;
  });
}

std::vector<pid_t> sorted(std::vector<pid_t> pids) {
  std::ranges::sort(pids);
  return pids;
}

const auto nobody_is_kept = [](pid_t) { return false; };

}  // namespace

TEST_CASE("both ways find the same children, the dead ones too") {
  const pid_t living = start_sleeper();
  const pid_t dead = fork_and_run([] { return 0; });
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(dead), &info, WEXITED | WNOWAIT) == 0);
  const std::vector<pid_t> expected = sorted({living, dead});
  CHECK(sorted(children_of_this_process()) == expected);
  CHECK(sorted(children_by_trial()) == expected);
  CHECK(kill_stray_children(nobody_is_kept, std::chrono::steady_clock::now() + 60s) ==
        Strays::none_left);
  CHECK(children_of_this_process().empty());
  CHECK(children_by_trial().empty());
}

TEST_CASE("strays are killed with all that they leave behind, and who is kept is not touched") {
  const pid_t reaper = fork_and_run([] {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    const pid_t kept = start_sleeper();
    // Eight generations, each in a session of its own.
    const pid_t stray = fork_and_run([] {
      for (int generation = 0; generation < 8; ++generation) {
        ::setsid();
        if (::fork() != 0) break;
      }
      for (;;) ::pause();
      return 0;
    });
    if (stray < 0) return 1;
    ::usleep(20'000);  // at whatever generation it is then
    const auto is_kept = [&](pid_t child) { return child == kept; };
    if (kill_stray_children(is_kept, std::chrono::steady_clock::now() + 60s) != Strays::none_left) {
      return 2;
    }
    if (children_of_this_process() != std::vector<pid_t>{kept}) return 3;
    if (::kill(kept, 0) != 0) return 4;
    if (kill_stray_children(nobody_is_kept, std::chrono::steady_clock::now() + 60s) !=
        Strays::none_left) {
      return 5;
    }
    return children_of_this_process().empty() ? 0 : 6;
  });
  CHECK(exit_status_of(reaper) == 0);
}

TEST_CASE("the number of a kept child that has ended is given back") {
  const pid_t child = fork_and_run([] { return 0; });
  wait_until([&] { return reap_if_ended(child); }, "the child's end");
  CHECK(::waitpid(child, nullptr, WNOHANG) == -1);
  CHECK(reap_if_ended(child));  // no child any more
}
