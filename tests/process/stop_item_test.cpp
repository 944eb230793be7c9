// SPDX-License-Identifier: Apache-2.0
//
// Stopping a running item, stops by others, pause and resume.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <limits>
#include <string>

#include "core/base/pidfd.hpp"
#include "tests/catch.hpp"
#include "tests/process/zygote_team.hpp"

using namespace forkmap::base;
using namespace forkmap::process;
using namespace forkmap::process::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kProgress = 0;
constexpr std::size_t kBeats = 1;     // goes up while a worker runs
constexpr std::size_t kChildPid = 2;  // pid of a worker's child
constexpr std::size_t kGoOn = 3;      // set by the test: leave the present item

// Item after item of one task, as fast as it can.
int race_through_items(const SharedPage& page) {
  for (std::uint32_t item = 0;; ++item) {
    page.word(kProgress).store(progress(1, item), std::memory_order_release);
    page.word(kBeats).fetch_add(1);
  }
}

int stay_at_item(const SharedPage& page, std::uint32_t turn, std::uint32_t item) {
  page.word(kProgress).store(progress(turn, item), std::memory_order_release);
  for (;;) page.word(kBeats).fetch_add(1);
}

void wait_for_beat(const SharedPage& page) {
  const std::uint64_t before = page.word(kBeats).load();
  wait_until([&] { return page.word(kBeats).load() != before; }, "a beat");
}

char state_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  return text.at(text.rfind(')') + 2);
}

bool is_stopped(pid_t pid) { return state_of(pid) == 'T'; }

}  // namespace

TEST_CASE("an item that is still running is killed, and the answer comes before the end") {
  const SharedPage page;
  Team team(plan_of([&](WorkerBirth) { return stay_at_item(page, 7, 3); }), page);
  team.expect(EventKind::ready);
  team.spawn(0);
  wait_for_beat(page);
  REQUIRE(team.zygote().stop_item({0, 0}, 7, 3));
  const auto killed = team.expect(EventKind::killed);
  CHECK(killed.event.turn == 7);
  CHECK(killed.event.item == 3);
  const auto exited = team.expect(EventKind::exited);
  CHECK(WTERMSIG(exited.event.status) == SIGKILL);
  CHECK(exited.event.cause == ExitCause::asked_stop);
}

TEST_CASE("another item, or the same of another turn, is not hit, and the worker goes on") {
  const SharedPage page;
  Team team(plan_of([&](WorkerBirth) { return stay_at_item(page, 7, 3); }), page);
  team.expect(EventKind::ready);
  team.spawn(0);
  wait_for_beat(page);
  REQUIRE(team.zygote().stop_item({0, 0}, 7, 2));
  CHECK(team.expect(EventKind::moved_on).event.item == 2);
  REQUIRE(team.zygote().stop_item({0, 0}, 6, 3));
  CHECK(team.expect(EventKind::moved_on).event.turn == 6);
  wait_for_beat(page);
  CHECK_FALSE(team.zygote().next_event());
}

TEST_CASE("a worker that races through its items is only ever killed at the item aimed at") {
  const SharedPage page;
  Team team(plan_of([&](WorkerBirth) { return race_through_items(page); }), page);
  team.expect(EventKind::ready);
  int killed = 0;
  for (std::uint32_t round = 0; round < 300; ++round) {
    team.spawn(0, round);
    wait_for_beat(page);
    const auto aim = static_cast<std::uint32_t>(page.word(kProgress).load());
    REQUIRE(team.zygote().stop_item({0, round}, 1, aim));
    const auto answer = team.next();
    const auto seen = static_cast<std::uint32_t>(page.word(kProgress).load());
    if (answer.event.kind == EventKind::killed) {
      ++killed;
      CHECK(seen == aim);  // it is dead, and this is where it died
    } else {
      REQUIRE(answer.event.kind == EventKind::moved_on);
      wait_for_beat(page);
      REQUIRE(team.zygote().kill_worker({0, round}));
    }
    team.expect(EventKind::exited);
  }
  INFO("killed " << killed << " of 300");
  SUCCEED();
}

TEST_CASE("several aims at one worker are answered each") {
  const SharedPage page;
  Team team(plan_of([&](WorkerBirth) { return stay_at_item(page, 1, 1); }), page);
  team.expect(EventKind::ready);
  team.spawn(0);
  wait_for_beat(page);
  REQUIRE(team.zygote().stop_item({0, 0}, 1, 0));
  REQUIRE(team.zygote().stop_item({0, 0}, 1, 1));
  REQUIRE(team.zygote().stop_item({0, 0}, 1, 2));
  CHECK(team.expect(EventKind::moved_on).event.item == 0);
  CHECK(team.expect(EventKind::killed).event.item == 1);
  bool ended = false;
  bool answered = false;
  while (!ended || !answered) {
    const auto message = team.next();
    ended = ended || message.event.kind == EventKind::exited;
    answered = answered || (message.event.item == 2 && message.event.kind != EventKind::exited);
  }
  REQUIRE(team.zygote().stop_item({0, 0}, 1, 1));
  CHECK(team.expect(EventKind::moved_on).event.worker == WorkerId{0, 0});
}

TEST_CASE("a stop by somebody else is reported, and so is its end") {
  const SharedPage page;
  Team team(plan_of([&](WorkerBirth) { return stay_at_item(page, 1, 1); }), page);
  team.expect(EventKind::ready);
  const auto worker = team.spawn(0, 5);
  send_signal(worker.pidfd.get(), SIGSTOP);
  CHECK(team.expect(EventKind::stopped).event.worker == WorkerId{0, 5});
  send_signal(worker.pidfd.get(), SIGCONT);
  CHECK(team.expect(EventKind::continued).event.worker == WorkerId{0, 5});
  wait_for_beat(page);
}

TEST_CASE("a worker that somebody stopped stays stopped after a look at another item") {
  const SharedPage page;
  Team team(plan_of([&](WorkerBirth) { return stay_at_item(page, 1, 1); }), page);
  team.expect(EventKind::ready);
  const auto worker = team.spawn(0);
  wait_for_beat(page);
  send_signal(worker.pidfd.get(), SIGSTOP);
  team.expect(EventKind::stopped);
  REQUIRE(team.zygote().stop_item({0, 0}, 1, 0));
  team.expect(EventKind::moved_on);
  CHECK(is_stopped(worker.event.pid));
  send_signal(worker.pidfd.get(), SIGCONT);
  team.expect(EventKind::continued);
  send_signal(worker.pidfd.get(), SIGSTOP);
  team.expect(EventKind::stopped);
  REQUIRE(team.zygote().stop_item({0, 0}, 1, 1));
  team.expect(EventKind::killed);
  CHECK(team.expect(EventKind::exited).event.cause == ExitCause::asked_stop);
}

TEST_CASE("a worker that stays stopped longer than stop_grace is killed") {
  const SharedPage page;
  ZygotePlan plan = plan_of(&idle);
  plan.stop_grace = 30ms;
  Team team(plan, page);
  team.expect(EventKind::ready);
  const auto worker = team.spawn(0);
  send_signal(worker.pidfd.get(), SIGSTOP);
  team.expect(EventKind::stopped);
  const auto exited = team.expect(EventKind::exited);
  CHECK(exited.event.cause == ExitCause::stop_grace);
  CHECK(WTERMSIG(exited.event.status) == SIGKILL);
}

TEST_CASE("a worker that is continued within stop_grace lives on") {
  const SharedPage page;
  ZygotePlan plan = plan_of([&](WorkerBirth) { return stay_at_item(page, 1, 1); });
  plan.stop_grace = 2s;
  Team team(plan, page);
  team.expect(EventKind::ready);
  const auto worker = team.spawn(0);
  send_signal(worker.pidfd.get(), SIGSTOP);
  team.expect(EventKind::stopped);
  send_signal(worker.pidfd.get(), SIGCONT);
  team.expect(EventKind::continued);
  ::usleep(2'300'000);
  wait_for_beat(page);
  CHECK_FALSE(team.zygote().next_event());
}

TEST_CASE(
    "pause stops every worker and what it has started, resume lets them go on, and stop_grace "
    "rests") {
  const SharedPage page;
  ZygotePlan plan = plan_of([&](WorkerBirth) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (;;) ::pause();
    }
    page.word(kChildPid).store(static_cast<std::uint64_t>(child));
    return stay_at_item(page, 1, 1);
  });
  plan.stop_grace = 50ms;
  Team team(plan, page);
  team.expect(EventKind::ready);
  const auto first = team.spawn(0);
  wait_until([&] { return page.word(kChildPid) != 0; }, "the worker's child");
  const auto child = static_cast<pid_t>(page.word(kChildPid).load());

  REQUIRE(team.zygote().pause());
  wait_until([&] { return is_stopped(first.event.pid) && is_stopped(child); }, "the pause");
  const auto born_in_pause = team.spawn(1);
  wait_until([&] { return is_stopped(born_in_pause.event.pid); }, "the pause of a new worker");
  // An item can be looked at meanwhile.
  REQUIRE(team.zygote().stop_item({0, 0}, 1, 0));
  team.expect(EventKind::moved_on);
  CHECK(is_stopped(first.event.pid));
  ::usleep(200'000);  // four times stop_grace
  CHECK_FALSE(team.zygote().next_event());

  REQUIRE(team.zygote().resume());
  wait_until([&] { return !is_stopped(first.event.pid) && !is_stopped(child); }, "the resumption");
  wait_until([&] { return !is_stopped(born_in_pause.event.pid); }, "the new worker's resumption");
  wait_for_beat(page);
  CHECK_FALSE(team.zygote().next_event());
}

TEST_CASE("a paused worker can be killed, for its item or at once") {
  const SharedPage page;
  Team team(plan_of([&](WorkerBirth) { return stay_at_item(page, 1, 1); }), page);
  team.expect(EventKind::ready);
  team.spawn(0);
  wait_for_beat(page);
  REQUIRE(team.zygote().pause());
  REQUIRE(team.zygote().stop_item({0, 0}, 1, 1));
  team.expect(EventKind::killed);
  CHECK(team.expect(EventKind::exited).event.cause == ExitCause::asked_stop);
  team.spawn(1);
  REQUIRE(team.zygote().kill_worker({1, 0}));
  CHECK(team.expect(EventKind::exited).event.cause == ExitCause::asked_kill);
}

TEST_CASE("a look whose stop somebody undoes is made again until it is answered") {
  const SharedPage page;
  Team team(plan_of([&](WorkerBirth) { return stay_at_item(page, 1, 1); }), page);
  team.expect(EventKind::ready);
  const auto worker = team.spawn(0);
  wait_for_beat(page);
  // It pauses, since a stop that is undone before the kernel has told of it cannot be seen by
  // anyone: against a process that does nothing else no look would ever be sure to end.
  const pid_t meddler = fork_and_run([&] {
    for (;;) {
      send_signal(worker.pidfd.get(), SIGCONT);
      ::usleep(300);
    }
    return 0;
  });
  for (std::uint32_t i = 0; i < 200; ++i) {
    REQUIRE(team.zygote().stop_item({0, 0}, 1, 2 + i));
    CHECK(team.wait_for(EventKind::moved_on).event.item == 2 + i);
  }
  ::kill(meddler, SIGKILL);
  CHECK(exit_status_of(meddler) == -1);
  wait_for_beat(page);
}
