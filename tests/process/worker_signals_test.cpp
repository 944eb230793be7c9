// SPDX-License-Identifier: Apache-2.0
//
// Signals that a worker finds otherwise than by default.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "tests/catch.hpp"
#include "tests/process/zygote_team.hpp"

using namespace forkmap::process;
using namespace forkmap::process::test;

namespace {

// The exit status of a worker that runs `body`.
int status_of(std::function<int(WorkerBirth)> body) {
  const SharedPage page;
  Team team(plan_of(std::move(body)), page);
  team.expect(EventKind::ready);
  team.spawn(0);
  const int status = team.expect(EventKind::exited).event.status;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

TEST_CASE("a SIGPIPE that the host ignores stays ignored, and any other costs a worker nothing") {
  const bool is_ignored = GENERATE(true, false);
  CAPTURE(is_ignored);
  const pid_t host = fork_and_run([is_ignored] {
    ::signal(SIGPIPE, is_ignored ? SIG_IGN : SIG_DFL);
    ::signal(SIGXFSZ, is_ignored ? SIG_IGN : SIG_DFL);
    return status_of([is_ignored](WorkerBirth) {
      struct sigaction action{};
      ::sigaction(SIGPIPE, nullptr, &action);
      if ((action.sa_handler == SIG_IGN) != is_ignored) return 1;
      ::sigaction(SIGXFSZ, nullptr, &action);
      if (action.sa_handler != (is_ignored ? SIG_IGN : SIG_DFL)) return 2;
      std::array<int, 2> ends{};
      if (::pipe(ends.data()) != 0) return 3;
      ::close(ends[0]);
      if (::write(ends[1], "x", 1) != -1 || errno != EPIPE) return 4;
      // What the worker starts finds what it always has.
      const char* const script =
          is_ignored ? "sleep 0.1 & kill -PIPE $!; wait $!" : "sleep 100 & kill -PIPE $!; wait $!";
      const int status = std::system(script);
      return WEXITSTATUS(status) == (is_ignored ? 0 : 128 + SIGPIPE) ? 0 : 5;
    });
  });
  CHECK(exit_status_of(host) == 0);
}
