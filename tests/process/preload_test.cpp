// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

#include "core/base/pidfd.hpp"
#include "tests/catch.hpp"
#include "tests/process/zygote_team.hpp"

using namespace forkmap::base;
using namespace forkmap::process;
using namespace forkmap::process::test;
using namespace std::chrono_literals;

namespace {

using Hook = std::function<std::optional<std::string>()>;

ZygotePlan plan_with(Hook hook) {
  ZygotePlan plan = plan_of(&idle);
  plan.preload.push_back({"harmless", [] { return std::nullopt; }});
  plan.preload.push_back({"stats", std::move(hook)});
  return plan;
}

// Text of the failure of the second step.
std::string failure_of(Hook hook) {
  const SharedPage page;
  Team team(plan_with(std::move(hook)), page);
  CHECK(team.expect(EventKind::preloading).event.number == 0);
  CHECK(team.expect(EventKind::preloading).event.number == 1);
  const auto failed = team.expect(EventKind::preload_failed);
  CHECK(failed.event.number == 1);
  CHECK(wait_for_end(team.zygote().pidfd(), 60s));
  CHECK(team.zygote().end_text() == "exited with status 240 (preload failed)");
  return failed.event.text.data();
}

// How the zygote ends during the second step, when it cannot say so itself.
std::string end_during(Hook hook) {
  const SharedPage page;
  Team team(plan_with(std::move(hook)), page);
  CHECK(team.expect(EventKind::preloading).event.number == 0);
  CHECK(team.expect(EventKind::preloading).event.number == 1);
  CHECK(wait_for_end(team.zygote().pidfd(), 60s));
  CHECK_FALSE(team.zygote().next_event());
  return team.zygote().end_text();
}

void* sleep_for_ever(void*) {
  for (;;) ::pause();
}

void start_thread() {
  pthread_t thread{};
  if (::pthread_create(&thread, nullptr, &sleep_for_ever, nullptr) != 0) std::abort();
}

}  // namespace

TEST_CASE("preload steps run one by one, each announced, and all workers inherit their work") {
  const SharedPage page;
  int table = 0;
  ZygotePlan plan = plan_of([&](WorkerBirth) { return table; });
  plan.preload.push_back({"first", [&]() -> std::optional<std::string> {
                            table += 2;
                            return std::nullopt;
                          }});
  plan.preload.push_back({"second", [&]() -> std::optional<std::string> {
                            table *= 21;
                            return std::nullopt;
                          }});
  Team team(plan, page);
  CHECK(team.expect(EventKind::preloading).event.number == 0);
  CHECK(team.expect(EventKind::preloading).event.number == 1);
  team.expect(EventKind::ready);
  team.spawn(0);
  CHECK(WEXITSTATUS(team.expect(EventKind::exited).event.status) == 42);
  CHECK(table == 0);
}

TEST_CASE("a preload step that fails is told with its own text") {
  CHECK(failure_of([] { return "no such table"; }) == "no such table");
  CHECK(failure_of([] { return std::string(5000, 'x'); }) == std::string(1023, 'x'));
}

TEST_CASE("a preload step that throws is told") {
  CHECK(failure_of([]() -> std::optional<std::string> { throw std::runtime_error("bad table"); }) ==
        "preload of stats threw an exception: bad table");
  CHECK(failure_of([]() -> std::optional<std::string> { throw 42; }) ==
        "preload of stats threw an exception of unknown type");
}

TEST_CASE("a preload step that leaves the process is told, and no handler of the host runs") {
  CHECK(failure_of([]() -> std::optional<std::string> { std::exit(3); }) ==
        "preload of stats called exit(3)");
  CHECK(failure_of([]() -> std::optional<std::string> { std::quick_exit(4); }) ==
        "preload of stats called quick_exit(4)");
  CHECK(failure_of([]() -> std::optional<std::string> { ::pthread_exit(nullptr); }) ==
        "preload of stats called pthread_exit");
}

TEST_CASE("a preload step that crashes is known by its number and the zygote's end") {
  CHECK(end_during([]() -> std::optional<std::string> {
          ::raise(SIGSEGV);
          return std::nullopt;
        }) == "killed by SIGSEGV (segmentation fault)");
  CHECK(end_during([]() -> std::optional<std::string> { ::_exit(9); }) == "exited with status 9");
}

TEST_CASE("a preload step that leaves threads running is refused, with the cure") {
  const std::string cure =
      " running; workers cannot be forked from it. Let it end its threads first; those of OpenMP "
      "end by omp_pause_resource_all(omp_pause_hard)";
  CHECK(failure_of([]() -> std::optional<std::string> {
          start_thread();
          return std::nullopt;
        }) == "preload of stats left 1 thread" + cure);
  CHECK(failure_of([]() -> std::optional<std::string> {
          start_thread();
          start_thread();
          return std::nullopt;
        }) == "preload of stats left 2 threads" + cure);
}

TEST_CASE("a preload step may use threads that it joins") {
  const SharedPage page;
  Team team(plan_with([]() -> std::optional<std::string> {
              for (int i = 0; i < 50; ++i) std::thread([] {}).join();
              return std::nullopt;
            }),
            page);
  CHECK(team.wait_for(EventKind::ready).event.kind == EventKind::ready);
}

TEST_CASE("a preload step that closes the zygote's socket is noticed") {
  const SharedPage page;
  Team team(plan_with([]() -> std::optional<std::string> {
              for (int fd = 3; fd < 1100; ++fd) ::close(fd);
              return std::nullopt;
            }),
            page);
  CHECK(team.expect(EventKind::preloading).event.number == 0);
  CHECK(team.expect(EventKind::preloading).event.number == 1);
  CHECK(wait_for_end(team.zygote().pidfd(), 60s));
  CHECK(team.zygote().end_text() == "exited with status 240 (preload failed)");
}

TEST_CASE("signals, umask, working directory and timers are reset after each step") {
  const SharedPage page;
  const auto folder = std::filesystem::current_path();
  const mode_t umask_before = ::umask(027);
  ZygotePlan plan = plan_of([&](WorkerBirth) {
    sigset_t mask;
    ::sigprocmask(SIG_SETMASK, nullptr, &mask);
    if (::sigismember(&mask, SIGUSR1) != 0 || ::sigismember(&mask, SIGCHLD) != 0) return 1;
    struct sigaction term{};
    ::sigaction(SIGTERM, nullptr, &term);
    if (term.sa_handler != SIG_DFL) return 2;
    if (::umask(0) != 027) return 3;
    if (std::filesystem::current_path() != folder) return 4;
    return 0;
  });
  plan.preload.push_back({"rude", []() -> std::optional<std::string> {
                            ::signal(SIGTERM, SIG_IGN);
                            ::signal(SIGCHLD, SIG_IGN);
                            ::signal(SIGALRM, [](int) { ::_exit(77); });
                            sigset_t usr1;
                            ::sigemptyset(&usr1);
                            ::sigaddset(&usr1, SIGUSR1);
                            ::sigprocmask(SIG_BLOCK, &usr1, nullptr);
                            ::umask(0);
                            ::alarm(1000);
                            if (::chdir("/") != 0) return "chdir failed";
                            return std::nullopt;
                          }});
  plan.preload.push_back({"next", []() -> std::optional<std::string> {
                            if (::alarm(0) != 0) return "the timer is set";
                            return std::nullopt;
                          }});
  Team team(plan, page);
  ::umask(umask_before);
  team.wait_for(EventKind::ready);
  team.spawn(0);
  CHECK(WEXITSTATUS(team.expect(EventKind::exited).event.status) == 0);
}

TEST_CASE("a child that a preload step forks and lets return is no second zygote") {
  const SharedPage page;
  Team team(plan_with([&]() -> std::optional<std::string> {
              const pid_t child = ::fork();
              if (child == 0) return std::nullopt;  // the mistake
              page.word(1).store(static_cast<std::uint64_t>(exit_status_of(child)));
              return std::nullopt;
            }),
            page);
  team.expect(EventKind::preloading);
  team.expect(EventKind::preloading);
  team.expect(EventKind::ready);
  CHECK(page.word(1).load() == 245);
  team.spawn(0);
  CHECK_FALSE(team.zygote().next_event());
}

TEST_CASE("a child that a preload step forks may call exit") {
  const SharedPage page;
  Team team(plan_with([&]() -> std::optional<std::string> {
              const pid_t child = ::fork();
              if (child == 0) std::exit(6);
              return exit_status_of(child) == 6 ? std::nullopt
                                                : std::optional<std::string>("wrong status");
            }),
            page);
  CHECK(team.wait_for(EventKind::ready).event.kind == EventKind::ready);
}

TEST_CASE("a process that preload started lives on when a worker dies, and ends with the zygote") {
  const SharedPage page;
  forkmap::base::UniqueFd helper;
  {
    Team team(plan_with([&]() -> std::optional<std::string> {
                const pid_t child = ::fork();
                if (child == 0) {
                  for (;;) ::pause();
                }
                page.word(1).store(static_cast<std::uint64_t>(child));
                return std::nullopt;
              }),
              page);
    team.wait_for(EventKind::ready);
    helper = open_pidfd(static_cast<pid_t>(page.word(1).load()));
    team.spawn(0);
    REQUIRE(team.zygote().kill_worker({0, 0}));
    team.expect(EventKind::exited);
    CHECK_FALSE(has_ended(helper.get()));
  }
  CHECK(wait_for_end(helper.get(), 60s));
}
