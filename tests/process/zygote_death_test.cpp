// SPDX-License-Identifier: Apache-2.0
//
// Who dies with whom.
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "core/base/pidfd.hpp"
#include "core/process/session.hpp"
#include "tests/catch.hpp"
#include "tests/process/zygote_team.hpp"

using namespace forkmap::base;
using namespace forkmap::process;
using namespace forkmap::process::test;
using namespace std::chrono_literals;

namespace {

// Words of the page, in which processes leave their pids for the test.
constexpr std::size_t kZygote = 1;
constexpr std::size_t kFirstWorker =
    2;  // a worker's child is at + kFamily, its daemon at + 2 kFamily
constexpr std::size_t kFamily = 100;

void block_all_signals() {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
}

void note_pid(const SharedPage& page, std::size_t index) {
  page.word(index).store(static_cast<std::uint64_t>(::getpid()));
}

// A worker that no signal but SIGKILL reaches, with a child in its group and a daemon, which has
// left session, group and parent.
int live_with_family(const SharedPage& page, WorkerBirth birth) {
  block_all_signals();
  const std::size_t place = kFirstWorker + birth.id.slot;
  if (::fork() == 0) {
    note_pid(page, place + kFamily);
    for (;;) ::pause();
  }
  if (::fork() == 0) {
    ::setsid();
    if (::fork() != 0) ::_exit(0);
    note_pid(page, place + 2 * kFamily);
    for (;;) ::pause();
  }
  wait_until([&] { return page.word(place + kFamily) != 0 && page.word(place + 2 * kFamily) != 0; },
             "a worker's family");
  note_pid(page, place);
  return idle(std::move(birth));
}

// pidfds of all processes noted so far.
std::vector<forkmap::base::UniqueFd> noted_processes(const SharedPage& page) {
  std::vector<forkmap::base::UniqueFd> processes;
  for (std::size_t index = kZygote; index < 3 * kFamily; ++index) {
    const auto pid = static_cast<pid_t>(page.word(index).load());
    if (pid == 0) continue;
    processes.push_back(open_pidfd(pid));
    REQUIRE(processes.back());
  }
  return processes;
}

void require_all_end(const std::vector<forkmap::base::UniqueFd>& processes) {
  for (const auto& process : processes) REQUIRE(wait_for_end(process.get(), 60s));
}

// A host with two such workers; it waits to be killed.
pid_t start_host_with_families(const SharedPage& page) {
  const pid_t host = fork_and_run([&] {
    Team team(plan_of([&](WorkerBirth birth) { return live_with_family(page, std::move(birth)); }),
              page);
    team.expect(EventKind::ready);
    page.word(kZygote).store(static_cast<std::uint64_t>(team.zygote().pid()));
    team.spawn(0);
    team.spawn(1);
    for (;;) ::pause();
    return 0;
  });
  wait_until([&] { return page.word(kFirstWorker) != 0 && page.word(kFirstWorker + 1) != 0; },
             "two workers");
  return host;
}

}  // namespace

TEST_CASE("A35: when the host is killed, zygote, workers and their daemons are gone") {
  const SharedPage page;
  const pid_t host = start_host_with_families(page);
  const auto processes = noted_processes(page);
  REQUIRE(processes.size() == 7);
  ::kill(host, SIGKILL);
  CHECK(exit_status_of(host) == -1);
  require_all_end(processes);
}

TEST_CASE(
    "a zygote that was stopped ends with its host all the same, and so does what is below it") {
  const SharedPage page;
  const pid_t host = start_host_with_families(page);
  const auto processes = noted_processes(page);
  const auto zygote = static_cast<pid_t>(page.word(kZygote).load());
  ::kill(zygote, SIGSTOP);
  for (const std::size_t worker : {kFirstWorker, kFirstWorker + 1}) {
    ::kill(static_cast<pid_t>(page.word(worker).load()), SIGSTOP);
  }
  ::kill(host, SIGKILL);
  CHECK(exit_status_of(host) == -1);
  require_all_end(processes);
}

TEST_CASE("whether a zygote is stopped can be asked again and again") {
  const SharedPage page;
  Team team(plan_of(&idle), page);
  team.expect(EventKind::ready);
  CHECK_FALSE(team.zygote().is_stopped());
  ::kill(team.zygote().pid(), SIGSTOP);
  wait_until([&] { return team.zygote().is_stopped(); }, "the stop");
  CHECK(team.zygote().is_stopped());
  team.zygote().wake_up();
  wait_until([&] { return !team.zygote().is_stopped(); }, "the zygote");
  team.spawn(0);
}

TEST_CASE(
    "when a host is killed whose socket a stranger holds, its workers are gone all the same") {
  const SharedPage page;
  const pid_t host = fork_and_run([&] {
    Team team(plan_of(&idle), page);
    team.expect(EventKind::ready);
    page.word(kZygote).store(static_cast<std::uint64_t>(team.zygote().pid()));
    page.word(kFirstWorker).store(static_cast<std::uint64_t>(team.spawn(0).event.pid));
    const pid_t stranger = ::fork();
    if (stranger == 0) {
      for (;;) ::pause();
    }
    page.word(3 * kFamily).store(static_cast<std::uint64_t>(stranger));
    for (;;) ::pause();
    return 0;
  });
  wait_until([&] { return page.word(3 * kFamily) != 0; }, "the stranger");
  const auto processes = noted_processes(page);
  ::kill(host, SIGKILL);
  CHECK(exit_status_of(host) == -1);
  require_all_end(processes);
  ::kill(static_cast<pid_t>(page.word(3 * kFamily).load()), SIGKILL);
}

TEST_CASE("a host that is killed during preload takes the zygote along") {
  const SharedPage page;
  const pid_t host = fork_and_run([&] {
    ZygotePlan plan = plan_of(&idle);
    plan.preload.push_back({"endless", [&]() -> std::optional<std::string> {
                              note_pid(page, kZygote);
                              for (;;) ::pause();
                            }});
    Team team(plan, page);
    return static_cast<int>(team.wait_for(EventKind::ready).event.number);
  });
  wait_until([&] { return page.word(kZygote) != 0; }, "the preload step");
  const auto processes = noted_processes(page);
  ::kill(host, SIGKILL);
  CHECK(exit_status_of(host) == -1);
  require_all_end(processes);
}

TEST_CASE("when the zygote is killed its workers die, and their groups by kill_with_group") {
  const SharedPage page;
  Team team(plan_of([&](WorkerBirth birth) { return live_with_family(page, std::move(birth)); }),
            page);
  team.expect(EventKind::ready);
  const auto worker = team.spawn(0);
  wait_until([&] { return page.word(kFirstWorker) != 0; }, "the worker");
  const auto child = open_pidfd(static_cast<pid_t>(page.word(kFirstWorker + kFamily).load()));
  const auto daemon = open_pidfd(static_cast<pid_t>(page.word(kFirstWorker + 2 * kFamily).load()));
  ::kill(team.zygote().pid(), SIGKILL);
  REQUIRE(wait_for_end(team.zygote().pidfd(), 60s));
  CHECK(team.zygote().ended());
  CHECK(team.zygote().end_text() == "killed by SIGKILL (killed)");
  REQUIRE(wait_for_end(worker.pidfd.get(), 60s));
  CHECK_FALSE(has_ended(child.get()));
  kill_with_group(worker.pidfd.get(), worker.event.pid);
  CHECK(wait_for_end(child.get(), 60s));
  // Its daemon is out of reach; the documents say so.
  CHECK(send_signal(daemon.get(), SIGKILL));
  CHECK_FALSE(team.zygote().spawn({1, 0}, page.fd(), page.fd()));
}

TEST_CASE("what the zygote had said before its end is heard after it") {
  const SharedPage page;
  Team team(plan_of([](WorkerBirth) { return 5; }), page);
  team.expect(EventKind::ready);
  REQUIRE(team.zygote().spawn({0, 0}, page.fd(), page.fd()));
  REQUIRE(team.zygote().quit());
  REQUIRE(wait_for_end(team.zygote().pidfd(), 60s));
  team.expect(EventKind::spawned);
  CHECK(WEXITSTATUS(team.expect(EventKind::exited).event.status) == 5);
  CHECK_FALSE(team.zygote().next_event());
}

TEST_CASE("the handle's destructor leaves nothing behind") {
  const SharedPage page;
  {
    Team team(plan_of([&](WorkerBirth birth) { return live_with_family(page, std::move(birth)); }),
              page);
    team.expect(EventKind::ready);
    page.word(kZygote).store(static_cast<std::uint64_t>(team.zygote().pid()));
    team.spawn(0);
    wait_until([&] { return page.word(kFirstWorker) != 0; }, "the worker");
    const auto processes = noted_processes(page);
    REQUIRE(processes.size() == 4);
  }
  // The zygote has reaped all that there was; so not even their numbers are in use.
  for (const std::size_t index :
       {kZygote, kFirstWorker, kFirstWorker + kFamily, kFirstWorker + 2 * kFamily}) {
    CHECK(::kill(static_cast<pid_t>(page.word(index).load()), 0) == -1);
  }
}

TEST_CASE("the handle's destructor in another process leaves the zygote alone") {
  const SharedPage page;
  Team team(plan_of([](WorkerBirth) { return 4; }), page);
  team.expect(EventKind::ready);
  const pid_t copy = fork_and_run([&] {
    const bool refused = !team.zygote().spawn({0, 0}, page.fd(), page.fd());
    team.zygote().~Zygote();
    return refused ? 0 : 1;
  });
  CHECK(exit_status_of(copy) == 0);
  team.spawn(1);
  CHECK(WEXITSTATUS(team.expect(EventKind::exited).event.status) == 4);
}

TEST_CASE("a worker's death takes its group and its daemons along, before it is reported") {
  const SharedPage page;
  Team team(plan_of([&](WorkerBirth birth) { return live_with_family(page, std::move(birth)); }),
            page);
  team.expect(EventKind::ready);
  const auto dying = team.spawn(0);
  const auto sibling = team.spawn(1);
  wait_until([&] { return page.word(kFirstWorker) != 0 && page.word(kFirstWorker + 1) != 0; },
             "two workers");
  REQUIRE(send_signal(dying.pidfd.get(), SIGKILL));
  CHECK(team.expect(EventKind::exited).event.worker == WorkerId{0, 0});
  for (const std::size_t who : {std::size_t{0}, kFamily, 2 * kFamily}) {
    CHECK(::kill(static_cast<pid_t>(page.word(kFirstWorker + who).load()), 0) == -1);
    CHECK(::kill(static_cast<pid_t>(page.word(kFirstWorker + 1 + who).load()), 0) == 0);
  }
  CHECK_FALSE(has_ended(sibling.pidfd.get()));
}
