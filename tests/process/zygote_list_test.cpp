// SPDX-License-Identifier: Apache-2.0
//
// What a signal handler that ends the host can rely on.
#include "core/process/zygote_list.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "core/base/pidfd.hpp"
#include "tests/catch.hpp"
#include "tests/process/zygote_team.hpp"

using namespace forkmap::base;
using namespace forkmap::process;
using namespace forkmap::process::test;
using namespace std::chrono_literals;

namespace {

void end_from_handler(int) { end_all_zygotes(); }

// As a second signal does, in the middle of whatever runs.
void raise_end() {
  ::signal(SIGTERM, &end_from_handler);
  ::raise(SIGTERM);
}

bool is_stopped(pid_t pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WSTOPPED | WNOWAIT) == 0;
}

}  // namespace

TEST_CASE("all zygotes and their workers are gone when a handler has ended them") {
  const pid_t host = fork_and_run([] {
    const SharedPage page;
    Team first(plan_of(&idle), page);
    Team second(plan_of(&idle), page);
    first.expect(EventKind::ready);
    second.expect(EventKind::ready);
    const auto worker = first.spawn(0);
    const auto other = second.spawn(0);
    raise_end();
    if (!first.zygote().ended() || !second.zygote().ended()) return 1;
    return has_ended(worker.pidfd.get()) && has_ended(other.pidfd.get()) ? 0 : 2;
  });
  CHECK(exit_status_of(host) == 0);
}

TEST_CASE("a zygote that is stopped is ended as well") {
  const pid_t host = fork_and_run([] {
    const SharedPage page;
    Team team(plan_of(&idle), page);
    team.expect(EventKind::ready);
    const auto worker = team.spawn(0);
    ::kill(team.zygote().pid(), SIGSTOP);
    if (!is_stopped(team.zygote().pid())) return 1;
    raise_end();
    return team.zygote().ended() && wait_for_end(worker.pidfd.get(), 60s) ? 0 : 2;
  });
  CHECK(exit_status_of(host) == 0);
}

TEST_CASE("a zygote that does not listen, because a preload step runs, is killed") {
  const pid_t host = fork_and_run([] {
    ZygotePlan plan = plan_of(&idle);
    plan.preload.push_back({"slow", []() -> std::optional<std::string> {
                              for (;;) ::pause();
                            }});
    const SharedPage page;
    Team team(plan, page);
    team.expect(EventKind::preloading);
    raise_end();
    return wait_for_end(team.zygote().pidfd(), 60s) ? 0 : 1;
  });
  CHECK(exit_status_of(host) == 0);
}

TEST_CASE("a zygote that was buried is in no list, and its number may be another process's") {
  const pid_t host = fork_and_run([] {
    for (int round = 0; round < 600; ++round) {  // more than the list has places
      const SharedPage page;
      if (round % 100 == 0) {
        Team team(plan_of(&idle), page);
        team.expect(EventKind::ready);
      }
      const ZygoteEntry entry(::getpid(), -1);
    }
    raise_end();  // would kill this process, were it still there
    return 0;
  });
  CHECK(exit_status_of(host) == 0);
}
