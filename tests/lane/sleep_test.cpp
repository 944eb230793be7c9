// SPDX-License-Identifier: Apache-2.0
//
// Both sides sleep and wake each other, over and over; a wake-up that is lost hangs the test, which
// its watchdog ends. With two threads, so that the thread sanitizer sees the lane, and with two
// processes.

#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "tests/catch.hpp"
#include "tests/lane/dither.hpp"
#include "tests/lane/lane_ends.hpp"

using namespace forkmap;
using namespace forkmap::lane;
using tests::Dither;
using tests::LaneEnds;

namespace {

#if defined(__SANITIZE_THREAD__) || defined(FORKMAP_SANITIZED)
constexpr std::uint64_t kRounds = 20'000;
#else
constexpr std::uint64_t kRounds = 100'000;
#endif

// The worker: doubles a number that comes in the payload; sleeps whenever its ring is empty.
int work(WorkerLane worker, std::chrono::nanoseconds spin) {
  Dither dither(1);
  for (;;) {
    const auto claim = worker.try_claim();
    if (!claim) {
      if (worker.retire_asked()) return 0;
      dither.pause();
      if (!worker.wait(spin)) return 1;
      continue;
    }
    std::uint64_t value = 0;
    std::memcpy(&value, claim->task->payload, sizeof value);
    value *= 2;
    std::memcpy(worker.view().result_cell(claim->cell).payload, &value, sizeof value);
    std::byte* const window = worker.view().result_window(claim->task->window);
    std::memcpy(window, worker.view().input_window(claim->task->window), 64);
    tests::complete(worker.view(), *claim);
    dither.pause();
    if (!worker.publish(*claim)) return 2;
  }
}

// The host: keeps up to `depth` tasks in the lane; sleeps whenever nothing has come back. Returns
// the number of right results.
std::uint64_t feed(LaneEnds& ends, std::uint64_t tasks, std::uint32_t depth) {
  Dither dither(2);
  std::uint64_t pushed = 0;
  std::uint64_t collected = 0;
  std::uint64_t right = 0;
  Completion completion;
  while (collected < tasks) {
    while (pushed < tasks && ends.host.outstanding() < depth) {
      InputCell& cell = ends.host.next_cell();
      cell.count = 1;
      cell.window = static_cast<std::uint32_t>(pushed % ends.host.shape().cells);
      std::memcpy(cell.payload, &pushed, sizeof pushed);
      std::memset(ends.host.view().input_window(cell.window), static_cast<int>(pushed % 251), 64);
      ends.host.push(pushed++);
    }
    dither.pause();
    ends.host.wake_worker();
    dither.pause();
    HostLane::State state = HostLane::State::nothing;
    tests::sleep_until(ends.doorbell, ends.words(), [&] {
      state = ends.host.look(completion);
      return state != HostLane::State::nothing;
    });
    if (state != HostLane::State::completion) return right;
    std::uint64_t value = 0;
    const LaneView& view = ends.host.view();
    std::memcpy(&value, view.result_cell(completion.cell).payload, sizeof value);
    const auto window = static_cast<std::uint32_t>(completion.tag % ends.host.shape().cells);
    const bool window_is_right =
        view.result_window(window)[63] == static_cast<std::byte>(completion.tag % 251);
    if (completion.tag == collected && value == 2 * collected && window_is_right) ++right;
    ends.host.release_oldest();
    ++collected;
  }
  return right;
}

void run_with_thread(std::uint32_t depth, std::chrono::nanoseconds spin) {
  LaneEnds ends({8, kMinWindowBytes});
  int left_with = -1;
  std::thread thread([&] { left_with = work(WorkerLane(ends.host.view(), ends.doorbell), spin); });
  const std::uint64_t right = feed(ends, kRounds, depth);
  ends.host.ask_retire();
  thread.join();
  CHECK(right == kRounds);
  CHECK(left_with == 0);
}

}  // namespace

TEST_CASE("no wake-up is lost between two threads that take turns in sleeping") {
  run_with_thread(1, std::chrono::nanoseconds{0});
}

TEST_CASE("no wake-up is lost between two threads when the ring is half full") {
  run_with_thread(4, std::chrono::nanoseconds{0});
}

TEST_CASE("no wake-up is lost between two threads when the worker spins a little first") {
  run_with_thread(8, std::chrono::microseconds{3});
}

TEST_CASE("a host that waits for room is woken by a worker that only steps over cells") {
  LaneEnds ends({8, kMinWindowBytes});
  int left_with = -1;
  std::thread thread([&] {
    left_with = work(WorkerLane(ends.host.view(), ends.doorbell), std::chrono::nanoseconds{0});
  });
  Completion completion;
  std::uint64_t pushed = 0;
  std::uint64_t taken = 0;
  std::uint64_t completed = 0;
  const auto collect = [&] {
    while (ends.host.look(completion) == HostLane::State::completion) {
      ends.host.release_oldest();
      ++completed;
    }
  };
  for (std::uint64_t round = 0; round < kRounds / 10; ++round) {
    while (!ends.host.full()) ends.push(pushed++);
    ends.host.wake_worker();
    while (ends.host.take_back_newest()) ++taken;
    tests::sleep_until(ends.doorbell, ends.words(), [&] {
      collect();
      return !ends.host.full();
    });
  }
  tests::sleep_until(ends.doorbell, ends.words(), [&] {
    collect();
    return ends.host.outstanding() == 0;
  });
  ends.host.ask_retire();
  thread.join();
  CHECK(left_with == 0);
  CHECK(taken > 0);
  CHECK(taken + completed == pushed);
}

#ifndef __SANITIZE_THREAD__
TEST_CASE("no wake-up is lost between two processes") {
  LaneEnds ends({8, kMinWindowBytes});
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const tests::WorkerMappings mappings(ends.host);
    ::_exit(work(WorkerLane(mappings.view(), ends.doorbell), std::chrono::nanoseconds{0}));
  }
  CHECK(feed(ends, kRounds, 1) == kRounds);
  CHECK(feed(ends, kRounds, 4) == kRounds);
  ends.host.ask_retire();
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
#endif
