// SPDX-License-Identifier: Apache-2.0
//
// Items that run longer than their limit, with real time. Only lower bounds of times are asserted:
// they hold on a machine of any load.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "core/base/pidfd.hpp"
#include "tests/catch.hpp"
#include "tests/process/zygote_team.hpp"

using namespace forkmap::process;
using namespace forkmap::process::test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kProgress = 0;
constexpr std::size_t kLimit = 1;  // number of the limit
constexpr std::size_t kBeats = 2;  // goes up while a worker runs
constexpr std::size_t kChild = 3;  // pid of a worker's child

std::uint32_t read_limit(const std::byte* page) {
  const void* words = page;
  return static_cast<std::uint32_t>(static_cast<const std::atomic<std::uint64_t>*>(words)[kLimit]);
}

int stay_at_item(const SharedPage& page) {
  page.word(kProgress).store(progress(7, 3), std::memory_order_release);
  for (;;) page.word(kBeats).fetch_add(1);
}

void wait_for_beat(const SharedPage& page) {
  const std::uint64_t before = page.word(kBeats).load();
  wait_until([&] { return page.word(kBeats).load() != before; }, "a beat");
}

ZygotePlan plan_with_limits(std::function<int(WorkerBirth)> body) {
  ZygotePlan plan = plan_of(std::move(body));
  plan.limit_number = &read_limit;
  return plan;
}

std::chrono::nanoseconds limit_of(const Event& event) {
  return std::chrono::nanoseconds(event.limit_ns);
}

}  // namespace

TEST_CASE("an item that runs longer than its limit is killed, not before, and the end says why") {
  const SharedPage page;
  page.word(kLimit).store(2);
  Team team(plan_with_limits([&](WorkerBirth) { return stay_at_item(page); }), page);
  team.expect(EventKind::ready);
  REQUIRE(team.zygote().set_limit(1, 1h));
  REQUIRE(team.zygote().set_limit(2, 300ms));
  const auto before = Clock::now();
  team.spawn(0);
  const Event exited = team.expect(EventKind::exited).event;
  CHECK(Clock::now() - before >= 300ms);
  CHECK(exited.cause == ExitCause::time_limit);
  CHECK(limit_of(exited) == 300ms);
  CHECK(WTERMSIG(exited.status) == SIGKILL);
}

TEST_CASE("what has no limit, or whose limit was taken away, runs on") {
  const SharedPage page;
  Team team(plan_with_limits([&](WorkerBirth) { return stay_at_item(page); }), page);
  team.expect(EventKind::ready);
  REQUIRE(team.zygote().set_limit(1, 50ms));
  REQUIRE(team.zygote().set_limit(2, 400ms));
  REQUIRE(team.zygote().set_limit(2, 0ms));
  page.word(kLimit).store(0);
  team.spawn(0);
  wait_for_beat(page);
  ::usleep(300'000);
  page.word(kLimit).store(2);
  ::usleep(600'000);
  wait_for_beat(page);
  CHECK_FALSE(team.zygote().next_event());
  // And a limit that comes while the item runs is kept.
  REQUIRE(team.zygote().set_limit(2, 100ms));
  CHECK(team.expect(EventKind::exited).event.cause == ExitCause::time_limit);
}

TEST_CASE("items that are short one by one are never stopped, however long they take together") {
  const SharedPage page;
  page.word(kLimit).store(1);
  // Each 20 ms, 1.2 s together, and a limit of 1 s.
  Team team(plan_with_limits([&](WorkerBirth) {
              for (std::uint32_t item = 0; item < 60; ++item) {
                page.word(kProgress).store(progress(1, item), std::memory_order_release);
                ::usleep(20'000);
              }
              return 0;
            }),
            page);
  team.expect(EventKind::ready);
  REQUIRE(team.zygote().set_limit(1, 1s));
  team.spawn(0);
  const Event exited = team.expect(EventKind::exited).event;
  CHECK(exited.cause == ExitCause::own);
  CHECK(exited.status == 0);
}

TEST_CASE("one worker's overrun does not touch another's item") {
  const SharedPage page;
  const SharedPage calm;
  page.word(kLimit).store(1);
  calm.word(kLimit).store(2);
  Team team(plan_with_limits(
                [&](WorkerBirth birth) { return stay_at_item(birth.id.slot == 0 ? page : calm); }),
            page);
  team.expect(EventKind::ready);
  REQUIRE(team.zygote().set_limit(1, 200ms));
  REQUIRE(team.zygote().set_limit(2, 1h));
  REQUIRE(team.zygote().spawn({1, 0}, calm.fd(), calm.fd()));
  team.expect(EventKind::spawned);
  team.spawn(0);
  const Event exited = team.expect(EventKind::exited).event;
  CHECK(exited.worker.slot == 0);
  wait_for_beat(calm);
  CHECK_FALSE(team.zygote().next_event());
}

TEST_CASE("what the item has started dies with it") {
  const SharedPage page;
  page.word(kLimit).store(1);
  Team team(plan_with_limits([&](WorkerBirth) {
              const pid_t child = ::fork();
              if (child == 0) {
                ::setsid();  // out of the worker's group
                for (;;) ::pause();
              }
              page.word(kChild).store(static_cast<std::uint64_t>(child));
              return stay_at_item(page);
            }),
            page);
  team.expect(EventKind::ready);
  REQUIRE(team.zygote().set_limit(1, 200ms));
  team.spawn(0);
  CHECK(team.expect(EventKind::exited).event.cause == ExitCause::time_limit);
  CHECK(::kill(static_cast<pid_t>(page.word(kChild).load()), 0) == -1);
  CHECK(errno == ESRCH);
}

TEST_CASE("a worker that somebody has stopped does not age, nor does one that is paused") {
  const SharedPage page;
  page.word(kLimit).store(1);
  Team team(plan_with_limits([&](WorkerBirth) { return stay_at_item(page); }), page);
  team.expect(EventKind::ready);
  const bool by_pause = GENERATE(false, true);
  CAPTURE(by_pause);
  REQUIRE(team.zygote().set_limit(1, 1h));
  const pid_t worker = team.spawn(0).event.pid;
  wait_for_beat(page);
  if (by_pause) {
    REQUIRE(team.zygote().pause());
  } else {
    REQUIRE(::kill(worker, SIGSTOP) == 0);
    team.expect(EventKind::stopped);
  }
  // Only now, so that it cannot be over before the stop.
  REQUIRE(team.zygote().set_limit(1, 300ms));
  ::usleep(1'000'000);
  CHECK_FALSE(team.zygote().next_event());
  if (by_pause) {
    REQUIRE(team.zygote().resume());
  } else {
    REQUIRE(::kill(worker, SIGCONT) == 0);
    team.expect(EventKind::continued);
  }
  CHECK(team.expect(EventKind::exited).event.cause == ExitCause::time_limit);
}

TEST_CASE("a zygote that was stopped itself gives every item its whole time again") {
  const SharedPage page;
  page.word(kLimit).store(1);
  Team team(plan_with_limits([&](WorkerBirth) { return stay_at_item(page); }), page);
  team.expect(EventKind::ready);
  // Where the stop comes later than the limit, it is tried again with a longer one.
  auto limit = 800ms;
  for (std::uint32_t round = 0;; ++round, limit *= 2) {
    REQUIRE(team.zygote().set_limit(1, limit));
    const auto worker = team.spawn(0, round);
    wait_for_beat(page);
    ::usleep(200'000);
    REQUIRE(::kill(team.zygote().pid(), SIGSTOP) == 0);
    wait_until([&] { return team.zygote().is_stopped(); }, "the stop");
    ::usleep(1'500'000);
    const bool is_too_late = forkmap::base::has_ended(worker.pidfd.get());
    const auto goes_on = Clock::now();
    REQUIRE(::kill(team.zygote().pid(), SIGCONT) == 0);
    CHECK(team.expect(EventKind::exited).event.cause == ExitCause::time_limit);
    if (is_too_late) continue;
    CHECK(Clock::now() - goes_on >= limit);
    break;
  }
}
