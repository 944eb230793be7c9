// SPDX-License-Identifier: Apache-2.0
#include "core/process/zygote.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/pidfd.hpp"
#include "core/process/session.hpp"
#include "tests/catch.hpp"
#include "tests/process/zygote_team.hpp"

using namespace forkmap::base;
using namespace forkmap::process;
using namespace forkmap::process::test;
using namespace std::chrono_literals;

TEST_CASE("a worker is spawned, runs its body, and is reported with its status and resources") {
  const SharedPage page;
  Team team(plan_of([](WorkerBirth birth) { return 7 + static_cast<int>(birth.id.slot); }), page);
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

TEST_CASE("the time that a worker has used is reported") {
  const SharedPage page;
  Team team(plan_of([](WorkerBirth) {
              while (::clock() < CLOCKS_PER_SEC / 20) continue;  // processor time
              return 0;
            }),
            page);
  team.expect(EventKind::ready);
  team.spawn(0);
  const auto exited = team.expect(EventKind::exited);
  CHECK(exited.event.user_time_us + exited.event.system_time_us >= 40'000);
}

TEST_CASE("a worker that is killed or crashes is reported with its signal") {
  const SharedPage page;
  Team team(plan_of([](WorkerBirth birth) {
              if (birth.id.slot == 1) ::raise(SIGSEGV);
              return idle(std::move(birth));
            }),
            page);
  team.expect(EventKind::ready);
  team.spawn(1);
  CHECK(WTERMSIG(team.expect(EventKind::exited).event.status) == SIGSEGV);

  const auto other = team.spawn(2);
  REQUIRE(send_signal(other.pidfd.get(), SIGKILL));
  const auto exited = team.expect(EventKind::exited);
  CHECK(WTERMSIG(exited.event.status) == SIGKILL);
  CHECK(exited.event.cause == ExitCause::own);
}

TEST_CASE("a worker is killed at the host's request, even if it blocks every signal") {
  const SharedPage page;
  Team team(plan_of([](WorkerBirth birth) {
              sigset_t all;
              ::sigfillset(&all);
              ::sigprocmask(SIG_SETMASK, &all, nullptr);
              return idle(std::move(birth));
            }),
            page);
  team.expect(EventKind::ready);
  team.spawn(0, 1);
  REQUIRE(team.zygote().kill_worker({0, 0}));  // its predecessor: not meant
  REQUIRE(team.zygote().kill_worker({0, 1}));
  const auto exited = team.expect(EventKind::exited);
  CHECK(WTERMSIG(exited.event.status) == SIGKILL);
  CHECK(exited.event.cause == ExitCause::asked_kill);
}

TEST_CASE("after quit the zygote leaves with its last worker, and spawns no other") {
  const SharedPage page;
  Team team(plan_of(&idle), page);
  team.expect(EventKind::ready);
  const auto spawned = team.spawn(0);
  REQUIRE(team.zygote().quit());
  REQUIRE(team.zygote().spawn({1, 0}, page.fd(), page.fd()));
  CHECK(team.expect(EventKind::spawn_failed).event.error_number == ESHUTDOWN);
  CHECK_FALSE(team.zygote().ended());
  REQUIRE(send_signal(spawned.pidfd.get(), SIGTERM));
  CHECK(WTERMSIG(team.expect(EventKind::exited).event.status) == SIGTERM);
  REQUIRE(wait_for_end(team.zygote().pidfd(), 60s));
  CHECK(team.zygote().end_text() == "exited with status 0");
}

TEST_CASE("a lane that cannot be mapped is a failed spawn, and the zygote goes on") {
  const SharedPage page;
  Team team(plan_of(&idle), page);
  team.expect(EventKind::ready);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(team.zygote().spawn({0, 0}, page.fd(), ends[0]));
  CHECK(team.expect(EventKind::spawn_failed).event.error_number == EINVAL);
  ::close(ends[0]);
  ::close(ends[1]);
  team.spawn(0);
  REQUIRE(team.zygote().spawn({0, 0}, page.fd(), page.fd()));
  CHECK(team.expect(EventKind::spawn_failed).event.error_number == EEXIST);
}

TEST_CASE("500 workers that are spawned and die leave descriptors and children as they were") {
  const SharedPage page;
  // The zygote's own descriptors are counted by its workers, which inherit none of them: so a leak
  // there would be seen as a number that grows.
  Team team(plan_of([&](WorkerBirth) {
              page.word(1).store(open_descriptors());
              return 0;
            }),
            page);
  team.expect(EventKind::ready);
  std::size_t host_descriptors = 0;
  std::uint64_t worker_descriptors = 0;
  const pid_t zygote = team.zygote().pid();
  const auto zygote_descriptors = [&] {
    return std::distance(
        std::filesystem::directory_iterator("/proc/" + std::to_string(zygote) + "/fd"), {});
  };
  std::ptrdiff_t zygote_descriptors_at_first = 0;
  for (std::uint32_t i = 0; i < 500; ++i) {
    team.spawn(0, i);
    team.expect(EventKind::exited);
    if (i == 0) {
      host_descriptors = open_descriptors();
      worker_descriptors = page.word(1).load();
      zygote_descriptors_at_first = zygote_descriptors();
    }
  }
  CHECK(open_descriptors() == host_descriptors);
  CHECK(page.word(1).load() == worker_descriptors);
  CHECK(zygote_descriptors() == zygote_descriptors_at_first);
  CHECK(children_of_this_process() == std::vector<pid_t>{zygote});
}

TEST_CASE("64 workers live with 64 descriptors a process") {
  const pid_t host = fork_and_run([] {
    const rlimit limit{64, 64};
    ::setrlimit(RLIMIT_NOFILE, &limit);
    const SharedPage page;
    Team team(plan_of(&idle), page);
    team.expect(EventKind::ready);
    for (std::uint32_t slot = 0; slot < 64; ++slot) {
      if (!team.spawn(slot).pidfd) return 1;
    }
    if (!team.zygote().pause() || !team.zygote().resume()) return 4;
    for (std::uint32_t slot = 0; slot < 64; ++slot) {
      if (!team.zygote().kill_worker({slot, 0})) return 2;
      if (WTERMSIG(team.expect(EventKind::exited).event.status) != SIGKILL) return 3;
    }
    return 0;
  });
  CHECK(exit_status_of(host) == 0);
}

TEST_CASE("a host without a free descriptor still hears of a new worker") {
  const pid_t host = fork_and_run([] {
    const SharedPage page;
    Team team(plan_of(&idle), page);
    team.expect(EventKind::ready);
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const int lowest_free = ::dup(STDERR_FILENO);
    ::close(lowest_free);
    const rlimit none_left{static_cast<rlim_t>(lowest_free), before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none_left);
    const bool without_pidfd = !team.spawn(0).pidfd;  // and `spawned` came
    ::setrlimit(RLIMIT_NOFILE, &before);
    return without_pidfd ? 0 : 1;
  });
  CHECK(exit_status_of(host) == 0);
}

TEST_CASE("a host that does not listen for a while holds up nobody and misses nothing") {
  const SharedPage page;
  Team team(plan_of([](WorkerBirth birth) { return static_cast<int>(birth.id.slot % 200); }), page);
  team.expect(EventKind::ready);
  constexpr std::uint32_t kWorkers = 300;
  for (std::uint32_t slot = 0; slot < kWorkers; ++slot) {
    REQUIRE(team.zygote().spawn({slot, 0}, page.fd(), page.fd()));
  }
  std::vector<int> statuses(kWorkers, -1);
  std::uint32_t spawned = 0;
  for (std::uint32_t exited = 0; exited < kWorkers;) {
    const Zygote::Message message = team.next();
    if (message.event.kind == EventKind::spawned) {
      CHECK(message.pidfd);
      ++spawned;
    } else {
      REQUIRE(message.event.kind == EventKind::exited);
      REQUIRE(statuses.at(message.event.worker.slot) == -1);
      statuses.at(message.event.worker.slot) = WEXITSTATUS(message.event.status);
      ++exited;
    }
  }
  CHECK(spawned == kWorkers);
  for (std::uint32_t slot = 0; slot < kWorkers; ++slot) {
    CHECK(statuses[slot] == static_cast<int>(slot % 200));
  }
}

TEST_CASE("A8: zygotes and workers come up while other threads of the host print and allocate") {
  const pid_t host = fork_and_run([] {
    if (std::freopen("/dev/null", "w", stdout) == nullptr) return 9;
    std::atomic<bool> done{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&] {
        while (!done.load()) {
          std::printf("%s\n", std::string(2000, 'x').c_str());
          std::cout << "and more\n";
        }
      });
    }
    int wrong = 0;
    for (int round = 0; round < 40; ++round) {
      const SharedPage page;
      Team team(plan_of([](WorkerBirth) {
                  std::printf("%s\n", std::string(2000, 'y').c_str());
                  return 0;
                }),
                page);
      team.expect(EventKind::ready);
      for (std::uint32_t slot = 0; slot < 4; ++slot) {
        team.spawn(slot);
        if (team.expect(EventKind::exited).event.status != 0) ++wrong;
      }
    }
    done.store(true);
    for (std::thread& thread : threads) thread.join();
    return wrong;
  });
  CHECK(exit_status_of(host) == 0);
}

TEST_CASE("a zygote outlives the thread that made it") {
  const SharedPage page;
  std::optional<Team> team;
  std::thread([&] {
    team.emplace(plan_of([](WorkerBirth) { return 3; }), page);
    team->expect(EventKind::ready);
  }).join();
  ::usleep(20'000);
  CHECK_FALSE(team->zygote().ended());
  team->spawn(0);
  CHECK(WEXITSTATUS(team->expect(EventKind::exited).event.status) == 3);
}

TEST_CASE("a worker may be the host of a zygote of its own, and takes it along") {
  const SharedPage page;
  const SharedPage inner_page;
  Team team(plan_of([&](WorkerBirth birth) {
              Team inner(plan_of(&idle), inner_page);
              inner.expect(EventKind::ready);
              page.word(2).store(static_cast<std::uint64_t>(inner.spawn(0).event.pid));
              page.word(1).store(static_cast<std::uint64_t>(inner.zygote().pid()));
              return idle(std::move(birth));
            }),
            page);
  team.expect(EventKind::ready);
  team.spawn(0);
  wait_until([&] { return page.word(1) != 0; }, "the inner zygote");
  const auto zygote = open_pidfd(static_cast<pid_t>(page.word(1).load()));
  const auto worker = open_pidfd(static_cast<pid_t>(page.word(2).load()));
  REQUIRE(team.zygote().kill_worker({0, 0}));
  team.expect(EventKind::exited);
  CHECK(wait_for_end(zygote.get(), 60s));
  CHECK(wait_for_end(worker.get(), 60s));
}
