// SPDX-License-Identifier: Apache-2.0
//
// What a worker that leaves in peace has started, and when its end is told.
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <functional>
#include <utility>

#include "core/base/pidfd.hpp"
#include "tests/catch.hpp"
#include "tests/process/zygote_team.hpp"

using namespace forkmap::base;
using namespace forkmap::process;
using namespace forkmap::process::test;
using namespace std::chrono_literals;

namespace {

// Words of the page.
constexpr std::size_t kLeaving = 1;  // not 0: the worker leaves by itself
constexpr std::size_t kChild = 2;    // the pid of the worker's child
constexpr std::size_t kWritten = 3;  // not 0: the child has done what it had to do
constexpr std::size_t kGate = 4;     // not 0: whoever waits for it may go on
constexpr std::uint32_t kMostRounds = 100;

ZygotePlan plan_of_leaving(std::function<int(WorkerBirth)> body) {
  ZygotePlan plan = plan_of(std::move(body));
  plan.is_leaving = [](const std::byte* page) {
    const void* words = page;
    return static_cast<const std::atomic<std::uint64_t>*>(words)[kLeaving] != 0;
  };
  return plan;
}

// A worker that leaves with `status`, and a child in its session that then has something to do.
int leave_with_writer(const SharedPage& page, int status, const std::function<void()>& write) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return 99;
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[1]);
    char byte = 0;
    if (::read(ends[0], &byte, 1) == 0) write();
    ::_exit(0);
  }
  page.word(kChild).store(static_cast<std::uint64_t>(child));
  return status;
}

void never_end() {
  for (;;) ::pause();
}

bool child_is_gone(const SharedPage& page) {
  return ::kill(static_cast<pid_t>(page.word(kChild).load()), 0) != 0;
}

}  // namespace

TEST_CASE("what a worker that leaves in peace has started may write down what it was given") {
  const SharedPage page;
  page.word(kLeaving).store(1);
  Team team(plan_of_leaving([&](WorkerBirth) {
              return leave_with_writer(page, 0, [&] {
                ::usleep(100'000);  // longer than the zygote needs to bury its worker
                page.word(kWritten).store(1);
              });
            }),
            page);
  team.expect(EventKind::ready);
  team.spawn(0);
  team.expect(EventKind::exited);
  CHECK(page.word(kWritten) == 1);
  CHECK(child_is_gone(page));
  REQUIRE(team.zygote().quit());
  REQUIRE(wait_for_end(team.zygote().pidfd(), 60s));
  CHECK(team.zygote().left_in_peace());
}

TEST_CASE("a zygote that is asked to quit waits for those who write down what they were given") {
  const SharedPage page;
  page.word(kLeaving).store(1);
  Team team(plan_of_leaving([&](WorkerBirth) {
              return leave_with_writer(page, 0, [&] {
                wait_until([&] { return page.word(kGate) != 0; }, "the gate");
                page.word(kWritten).store(1);
              });
            }),
            page);
  team.expect(EventKind::ready);
  const auto worker = team.spawn(0);
  REQUIRE(wait_for_end(worker.pidfd.get(), 60s));
  REQUIRE(team.zygote().quit());
  page.word(kGate).store(1);
  team.expect(EventKind::exited);
  CHECK(page.word(kWritten) == 1);
  REQUIRE(wait_for_end(team.zygote().pidfd(), 60s));
  CHECK(team.zygote().left_in_peace());
}

TEST_CASE("what a worker has started is gone when its end is told, however it ends") {
  const int status = GENERATE(0, 3);
  const bool is_leaving = GENERATE(true, false);
  const SharedPage page;
  page.word(kLeaving).store(is_leaving ? 1 : 0);
  Team team(
      plan_of_leaving([&](WorkerBirth) { return leave_with_writer(page, status, never_end); }),
      page);
  team.expect(EventKind::ready);
  team.spawn(0);
  CHECK(WEXITSTATUS(team.expect(EventKind::exited).event.status) == status);
  CHECK(child_is_gone(page));
}

// Status 0 alone says nothing: a function may have called exit(0).
TEST_CASE("a worker that ends with status 0 and was not leaving has no time for its session") {
  const SharedPage page;
  Team team(plan_of_leaving([&](WorkerBirth birth) {
              if (birth.id.slot != 0) return idle(std::move(birth));
              return leave_with_writer(page, 0, never_end);
            }),
            page);
  team.expect(EventKind::ready);
  const auto worker = team.spawn(0);
  REQUIRE(wait_for_end(worker.pidfd.get(), 60s));
  // Rounds of the zygote: in the first it may not have looked at its children yet, and what it has
  // killed takes a few to die on a busy machine. All are over long before such time would be.
  bool is_told = false;
  for (std::uint32_t slot = 1; slot <= kMostRounds && !is_told; ++slot) {
    REQUIRE(team.zygote().spawn({slot, 0}, page.fd(), page.fd()));
    EventKind kind{};
    do {
      kind = team.next().event.kind;
      is_told = is_told || kind == EventKind::exited;
    } while (kind != EventKind::spawned);
  }
  CHECK(is_told);
}

// The kernel does not let its parent reap a process before its tracer has seen its end.
TEST_CASE("the end of a worker is told when the last process of its session can be reaped") {
  const SharedPage page;
  page.word(kLeaving).store(1);
  Team team(plan_of_leaving([&](WorkerBirth birth) {
              if (birth.id.slot != 0) return idle(std::move(birth));
              const int status = leave_with_writer(page, 0, never_end);
              wait_until([&] { return page.word(kGate) != 0; }, "the gate");
              return status;
            }),
            page);
  team.expect(EventKind::ready);
  team.spawn(0);
  wait_until([&] { return page.word(kChild) != 0; }, "the worker's child");
  const auto child = static_cast<pid_t>(page.word(kChild).load());
  REQUIRE(::ptrace(PTRACE_SEIZE, child, nullptr, nullptr) == 0);
  page.word(kGate).store(1);
  siginfo_t end{};
  constexpr int kEnd = WEXITED | static_cast<int>(__WALL);
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &end, kEnd | WNOWAIT) == 0);
  team.spawn(1);  // the zygote goes on meanwhile, and says nothing of the worker
  team.spawn(2);
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &end, kEnd) == 0);
  CHECK(team.expect(EventKind::exited).event.worker == WorkerId{0, 0});
  CHECK(child_is_gone(page));
}
