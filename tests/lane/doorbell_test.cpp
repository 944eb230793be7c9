// SPDX-License-Identifier: Apache-2.0
#include "core/lane/doorbell.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <limits>

#include "tests/catch.hpp"
#include "tests/lane/lane_ends.hpp"

using namespace forkmap;
using namespace forkmap::lane;
using tests::has_rung;

TEST_CASE("a doorbell never blocks, has a high number and is closed on exec") {
  const Doorbell doorbell;
  CHECK(doorbell.fd() >= 256);
  CHECK((::fcntl(doorbell.fd(), F_GETFL) & O_NONBLOCK) != 0);
  CHECK(::fcntl(doorbell.fd(), F_GETFD) == FD_CLOEXEC);
  doorbell.drain();  // nothing there: returns
  CHECK_FALSE(has_rung(doorbell));
}

TEST_CASE("a worker rings only for a host that sleeps, and once a sleep") {
  tests::LaneEnds ends;
  CHECK(ends.doorbell.ring_if_sleeping(ends.words()));
  CHECK_FALSE(has_rung(ends.doorbell));

  announce_host_sleep(ends.words());
  CHECK(ends.words().host_sleeping.load(std::memory_order_relaxed) == 1);
  CHECK(ends.doorbell.ring_if_sleeping(ends.words()));
  CHECK(ends.words().host_sleeping.load(std::memory_order_relaxed) == 0);
  CHECK(has_rung(ends.doorbell));
  ends.doorbell.drain();
  CHECK(ends.doorbell.ring_if_sleeping(ends.words()));
  CHECK_FALSE(has_rung(ends.doorbell));

  announce_host_sleep(ends.words());
  end_host_sleep(ends.words());
  CHECK(ends.doorbell.ring_if_sleeping(ends.words()));
  CHECK_FALSE(has_rung(ends.doorbell));
}

TEST_CASE("publishing a result and changing the phase ring for a host that sleeps") {
  tests::LaneEnds ends;
  ends.push(1);
  announce_host_sleep(ends.words());
  REQUIRE(ends.work_once());
  CHECK(has_rung(ends.doorbell));
  ends.doorbell.drain();

  announce_host_sleep(ends.words());
  CHECK(ends.worker.set_phase(WorkerPhase::ready));
  CHECK(has_rung(ends.doorbell));
  CHECK(ends.words().phase.load(std::memory_order_relaxed) == WorkerPhase::ready);
}

TEST_CASE("one doorbell serves several lanes, and one drain forgets all its rings") {
  tests::LaneEnds one;
  HostLane other(tests::kSmallShape);
  announce_host_sleep(one.words());
  announce_host_sleep(other.view().worker_words());
  CHECK(one.doorbell.ring_if_sleeping(one.words()));
  CHECK(one.doorbell.ring_if_sleeping(other.view().worker_words()));
  one.doorbell.drain();
  CHECK_FALSE(has_rung(one.doorbell));
}

TEST_CASE("a doorbell whose counter is full is not lost") {
  tests::LaneEnds ends;
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max() - 1;
  REQUIRE(::write(ends.doorbell.fd(), &most, sizeof most) == sizeof most);
  announce_host_sleep(ends.words());
  CHECK(ends.doorbell.ring_if_sleeping(ends.words()));
  CHECK(has_rung(ends.doorbell));
}

TEST_CASE("a worker whose doorbell was closed learns it when it rings, and has to leave") {
  tests::LaneEnds ends;
  ends.push(1);
  ends.push(2);
  const int saved = ::dup(ends.doorbell.fd());
  REQUIRE(saved >= 0);
  REQUIRE(::close(ends.doorbell.fd()) == 0);
  CHECK(ends.work_once());  // nobody sleeps: not needed, not noticed
  announce_host_sleep(ends.words());
  const auto claim = ends.worker.try_claim();
  REQUIRE(claim);
  CHECK_FALSE(ends.worker.publish(*claim));
  CHECK(ends.worker.fault() == LaneFault::doorbell_lost);
  CHECK_FALSE(ends.worker.wait(std::chrono::nanoseconds{0}));
  REQUIRE(::dup2(saved, ends.doorbell.fd()) >= 0);  // its owner closes it
  ::close(saved);
}

TEST_CASE("the host wakes only a worker that sleeps") {
  tests::LaneEnds ends;
  ends.push(1);
  ends.host.wake_worker();
  CHECK(ends.words().wake_count.load(std::memory_order_relaxed) == 0);
  ends.words().worker_sleeping.store(1, std::memory_order_relaxed);
  ends.host.wake_worker();
  CHECK(ends.words().wake_count.load(std::memory_order_relaxed) == 1);
  CHECK(ends.words().worker_sleeping.load(std::memory_order_relaxed) == 0);
  ends.host.wake_worker();
  CHECK(ends.words().wake_count.load(std::memory_order_relaxed) == 1);
  ends.words().worker_sleeping.store(1, std::memory_order_relaxed);
  ends.host.ask_retire();
  CHECK(ends.words().wake_count.load(std::memory_order_relaxed) == 2);
}

TEST_CASE("a worker does not sleep when there is something to do") {
  tests::LaneEnds ends;
  ends.push(1);
  CHECK(ends.worker.wait(std::chrono::nanoseconds{0}));
  CHECK(ends.worker.wait(std::chrono::microseconds{10}));
  CHECK(ends.words().worker_sleeping.load(std::memory_order_relaxed) == 0);
}
