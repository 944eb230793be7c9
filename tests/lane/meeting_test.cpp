// SPDX-License-Identifier: Apache-2.0
//
// Both sides start at the same moment, since that is when a missing fence shows: one falls asleep
// just as the other publishes. A wake-up that is lost hangs the test, which its watchdog ends.

#include <sched.h>

#include <thread>

#include "tests/catch.hpp"
#include "tests/lane/dither.hpp"
#include "tests/lane/lane_ends.hpp"

using namespace forkmap;
using namespace forkmap::lane;
using tests::Dither;
using tests::LaneEnds;

namespace {

// Spins at first, so that both sides can be awake at one moment; then gives way to whoever needs
// the core.
template <class Condition>
void spin_until(int looks, Condition holds) {
  for (int look = 0; !holds(); ++look) {
    if (look >= looks) std::this_thread::yield();
  }
}

// Keeps the calling thread on the first or second of its cores, while the object lives.
class OnCore {
 public:
  explicit OnCore(int which) {
    ::sched_getaffinity(0, sizeof all_, &all_);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (std::size_t core = 0; core < CPU_SETSIZE; ++core) {
      if (CPU_ISSET(core, &all_) && which-- == 0) CPU_SET(core, &one);
    }
    if (CPU_COUNT(&one) == 1) ::sched_setaffinity(0, sizeof one, &one);
  }
  OnCore(const OnCore&) = delete;
  OnCore& operator=(const OnCore&) = delete;
  ~OnCore() { ::sched_setaffinity(0, sizeof all_, &all_); }

 private:
  cpu_set_t all_{};
};

// Rounds that host and worker begin together. On a busy machine they are dear, so they end after
// some seconds.
class Meetings {
 public:
  // Host: the next round begins now. False: enough.
  bool begin_next() {
    const bool enough = count_ == kMost || std::chrono::steady_clock::now() > end_;
    round_.store(enough ? kOver : ++count_, std::memory_order_release);
    return !enough;
  }
  // Worker: until round `mine` begins. False: there is none.
  bool await(std::uint64_t mine) const {
    std::uint64_t round = 0;
    spin_until(50'000, [&] { return (round = round_.load(std::memory_order_acquire)) >= mine; });
    return round != kOver;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  static constexpr std::uint64_t kMost = 500'000;
  static constexpr std::uint64_t kOver = ~std::uint64_t{0};
  std::atomic<std::uint64_t> round_{0};
  std::uint64_t count_ = 0;
  std::chrono::steady_clock::time_point end_ =
      std::chrono::steady_clock::now() + std::chrono::seconds{5};
};

}  // namespace

TEST_CASE("a worker that falls asleep just as a task is pushed is woken") {
  LaneEnds ends({8, kMinWindowBytes});
  Meetings meetings;
  std::thread thread([&] {
    const OnCore core(1);
    Dither dither(3);
    for (std::uint64_t mine = 1; meetings.await(mine); ++mine) {
      dither.pause_briefly();
      do {
        (void)ends.worker.wait(std::chrono::nanoseconds{0});
      } while (!ends.work_once());
    }
  });
  const OnCore core(0);
  Dither dither(4);
  std::uint64_t collected = 0;
  ends.host.next_cell().count = 1;
  while (meetings.begin_next()) {
    dither.pause();  // a worker has a longer way to its sleep
    ends.host.push(collected);
    ends.host.wake_worker();
    spin_until(100, [&] { return ends.collect().has_value(); });
    ++collected;
    ends.host.next_cell().count = 1;
  }
  thread.join();
  CHECK(collected > 0);
  CHECK(collected == meetings.count());
}

TEST_CASE("a host that falls asleep just as a result is published is woken") {
  LaneEnds ends({8, kMinWindowBytes});
  Meetings meetings;
  std::thread thread([&] {
    const OnCore core(1);
    Dither dither(5);
    std::optional<WorkerLane::Claim> claim;
    for (std::uint64_t mine = 1;; ++mine) {
      spin_until(100, [&] { return (claim = ends.worker.try_claim()).has_value(); });
      tests::complete(ends.worker.view(), *claim);
      if (!meetings.await(mine)) return;
      dither.pause_briefly();
      if (!ends.worker.publish(*claim)) return;
    }
  });
  const OnCore core(0);
  Dither dither(6);
  std::uint64_t collected = 0;
  Completion completion;
  const auto push = [&] {
    ends.push(collected);
    spin_until(100, [&] { return ends.host.unstarted() == 0; });
  };
  push();
  while (meetings.begin_next()) {
    dither.pause_briefly();
    tests::sleep_until(ends.doorbell, ends.words(),
                       [&] { return ends.host.look(completion) == HostLane::State::completion; });
    ends.host.release_oldest();
    ++collected;
    push();
  }
  thread.join();
  CHECK(collected > 0);
  CHECK(collected == meetings.count());
}
