// SPDX-License-Identifier: Apache-2.0
#include "core/process/zygote.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "core/process/pidfd.hpp"
#include "tests/catch.hpp"
#include "tests/process/zygote_team.hpp"

using namespace forkmap::process;
using namespace forkmap::process::test;

TEST_CASE("a worker is spawned, runs its body, and is reported with its status and resources") {
  Team team(plan_of([](WorkerBirth birth) { return 7 + static_cast<int>(birth.id.slot); }));
  team.expect(EventKind::ready);

  const auto spawned = team.spawn(3, 11);
  CHECK(spawned.event.worker == WorkerId{3, 11});
  CHECK(spawned.event.pid > 0);
  REQUIRE(spawned.pidfd);

  const auto exited = team.expect(EventKind::exited);
  CHECK(exited.event.worker == WorkerId{3, 11});
  CHECK(exited.event.pid == spawned.event.pid);
  REQUIRE(WIFEXITED(exited.event.status));
  CHECK(WEXITSTATUS(exited.event.status) == 10);
  CHECK(exited.event.cause == ExitCause::own);
  CHECK(exited.event.max_resident_kib > 0);
  CHECK(has_ended(spawned.pidfd.get()));
}

TEST_CASE("after quit the zygote leaves with its last worker") {
  Team team(plan_of([](WorkerBirth) {
    ::pause();
    return 0;
  }));
  team.expect(EventKind::ready);
  const auto spawned = team.spawn(0);
  REQUIRE(team.zygote().quit());
  REQUIRE(team.zygote().spawn({1, 0}, team.page().fd(), team.page().fd()));
  CHECK(team.expect(EventKind::spawn_failed).event.error_number == ESHUTDOWN);
  CHECK_FALSE(team.zygote().ended());
  REQUIRE(send_signal(spawned.pidfd.get(), SIGTERM));
  const auto exited = team.expect(EventKind::exited);
  CHECK(WTERMSIG(exited.event.status) == SIGTERM);
  CHECK(wait_for_end(team.zygote().pidfd(), 20s));
  CHECK(team.zygote().end_text() == "exited with status 0");
}
