// SPDX-License-Identifier: Apache-2.0
//
// Restarts, shortages, renewals and limits, by a clock that the test moves. No process is
// needed.
#include <poll.h>
#include <sys/wait.h>

#include <csignal>

#include "tests/catch.hpp"
#include "tests/site/made_up_site.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

using pool::WorkerPhase;

TEST_CASE("a worker that dies without an item and without progress is replaced ever later") {
  MadeUpSite made(1);
  made.begin();
  int spawns = 1;
  for (const auto delay : {10ms, 100ms, 1000ms, 1000ms}) {
    CAPTURE(delay.count());
    made.zygote().exit(0, SIGSEGV);
    made.settle();
    CHECK(made.phase(0) == WorkerPhase::absent);
    CHECK(made.site->next_deadline(made.now) <= made.now + delay);
    made.wait(delay - 1ms);
    CHECK(made.zygote().spawns() == spawns);
    made.wait(1ms);
    CHECK(made.zygote().spawns() == ++spawns);
  }
  made.zygote().exit(0, SIGSEGV);
  made.settle();
  CHECK(made.failure().find("(5 in a row)") != std::string::npos);
}

TEST_CASE("deaths are not in a row where something was settled between them") {
  MadeUpSite made(1);
  made.begin();
  for (int death = 0; death < 12; ++death) {
    made.zygote().exit(0, SIGSEGV);
    made.settle();
    made.wait(1s);
    const auto map = made.open("square", 0, 1, chunks_of(1));
    made.run();
    CHECK(made.read(*map).values.size() == 1);
  }
  CHECK(made.failure().empty());
}

TEST_CASE("a death with a culprit is followed by a new worker at once, however often") {
  PoolOptions options;
  options.retries = 0;
  MadeUpSite made(1, options);
  made.begin();
  const auto map = made.open("square", 0, 20, chunks_of(1));
  for (int death = 0; death < 20; ++death) {
    REQUIRE(made.worker(0).stop_inside(0));
    made.zygote().exit(0, SIGSEGV);
    made.settle();
  }
  CHECK(made.read(*map).errors.size() == 20);
  CHECK(made.failure().empty());
  CHECK(made.zygote().spawns() == 21);
}

TEST_CASE("workers that somebody kills before they are ready are a shortage, no failure to start") {
  PoolOptions options;
  options.shortage_timeout = 60s;
  MadeUpSite made(1, options);
  made.begin();
  made.script.spawns_that_die = 8;
  made.zygote().exit(0, SIGKILL);
  made.settle();
  CHECK(made.told.shortages == 1);
  for (int second = 0; second < 20; ++second) made.wait(1s);
  CHECK(made.failure().empty());
  CHECK(made.phase(0) == WorkerPhase::serving);
}

TEST_CASE(
    "workers that are killed as soon as they are ready are a shortage, too, and have an end") {
  PoolOptions options;
  options.shortage_timeout = 60s;
  MadeUpSite made(1, options);
  made.begin();
  int kills = 0;
  while (made.failure().empty() && kills < 1'000) {
    made.zygote().exit(0, SIGKILL);
    ++kills;
    made.settle();
    while (made.failure().empty() && made.phase(0) != WorkerPhase::serving) made.wait(10ms);
  }
  CHECK(made.failure().starts_with("no worker could be started: workers die without having done"));
  CHECK(kills >= 60);
  CHECK(kills <= 63);  // ever later: after 10 ms, 100 ms, then each second
}

TEST_CASE("a shortage is over when a worker has been ready for a while, or something is settled") {
  const bool by_time = GENERATE(true, false);
  CAPTURE(by_time);
  PoolOptions options;
  options.shortage_timeout = 60s;
  MadeUpSite made(1, options);
  made.begin();
  for (int second = 0; second < 120; second += 2) {
    made.zygote().exit(0, SIGKILL);
    made.settle();
    if (!by_time) {
      made.wait(1s);
      const auto map = made.open("square", 0, 1, chunks_of(1));
      made.run();
      CHECK(made.read(*map).values.size() == 1);
    } else {
      made.wait(10ms);
    }
    CHECK(made.phase(0) == WorkerPhase::serving);
    if (by_time) made.wait(2s);
  }
  CHECK(made.failure().empty());
}

TEST_CASE("where no worker can be forked for shortage_timeout the pool breaks") {
  PoolOptions options;
  options.shortage_timeout = 30s;
  MadeUpSite made(1, options);
  made.begin();
  made.script.spawns_that_fail = 1'000;
  made.zygote().exit(0, SIGSEGV);
  made.settle();
  for (int second = 0; second < 29; ++second) made.wait(1s);
  CHECK(made.failure().empty());
  for (int second = 0; second < 3; ++second) made.wait(1s);
  CHECK(made.failure().starts_with("no worker could be started: fork:"));
  CHECK(made.notices.size() >= 2);  // not one a try
  CHECK(made.notices.size() <= 5);
}

TEST_CASE("a worker that is not needed retires: what it has not begun goes to others") {
  MadeUpSite made(2);
  made.begin();
  const auto map = made.open("square", 0, 60, chunks_of(3));
  made.site->resize(1, made.now);
  CHECK(made.phase(1) == WorkerPhase::retiring);
  CHECK(made.worker(1).is_asked_to_leave());
  CHECK_FALSE(made.worker(1).run_one());
  made.run();
  CHECK(made.read(*map).values.size() == 60);
  CHECK(made.phase(1) == WorkerPhase::gone);
  CHECK(made.told.ends[pool::WorkerEnd::left] == 1);
  made.site->resize(3, made.now);
  made.settle();
  CHECK(made.site->crews().serving()->workers.size() == 3);
  CHECK(made.phase(1) == WorkerPhase::serving);
}

TEST_CASE("a worker that has run its items is replaced, and none is given more") {
  PoolOptions options;
  options.recycle_after_items = 10;
  MadeUpSite made(1, options);
  made.begin();
  const auto map = made.open("square", 0, 25, chunks_of(4));
  made.run();
  CHECK(made.read(*map).values.size() == 25);
  CHECK(made.zygote().spawns() == 3);
  CHECK(made.told.ends[pool::WorkerEnd::recycled] == 2);
}

TEST_CASE("a worker that is old is replaced once it has done something") {
  PoolOptions options;
  options.recycle_after_age = 10s;
  MadeUpSite made(1, options);
  made.begin();
  made.wait(20s);
  CHECK(made.phase(0) == WorkerPhase::serving);
  const auto map = made.open("square", 0, 1, chunks_of(1));
  made.run();
  made.wait(1s);
  CHECK(made.phase(0) == WorkerPhase::retiring);
  made.run();
  CHECK(made.phase(0) == WorkerPhase::serving);
  CHECK(made.told.ends[pool::WorkerEnd::recycled] == 1);
}

TEST_CASE("a renewal: the old crew finishes what it runs, the new one takes the rest") {
  MadeUpSite made(1);
  made.begin();
  const auto map = made.open("square", 0, 30, chunks_of(3));
  REQUIRE(made.worker(0).stop_inside(1));
  made.site->crews().renew(pool::CrewReason::asked, made.now);
  made.settle();
  REQUIRE(made.zygotes.size() == 2);
  CHECK(made.site->crews().any_leaving());
  made.run();
  CHECK(made.read(*map).values.size() == 27);
  CHECK_FALSE(map->settled());
  made.zygotes[0]->exit(0, SIGKILL);  // it never ends by itself
  made.run();
  CHECK(map->settled());
  made.settle();
  CHECK_FALSE(made.site->crews().any_leaving());
}

TEST_CASE("a renewal that does not come up changes nothing") {
  MadeUpSite made(1);
  made.begin();
  made.script.preload_failure = "no licence";
  made.site->crews().renew(pool::CrewReason::asked, made.now);
  made.settle();
  CHECK(made.site->crews().start_failure() == "preload of a plugin: no licence");
  CHECK(made.failure().empty());
  made.zygotes.resize(1);
  const auto map = made.open("square", 0, 5, chunks_of(1));
  made.run();
  CHECK(made.read(*map).values.size() == 5);
}

TEST_CASE(
    "a zygote that is gone wakes nobody any more, while its successor comes up or never does") {
  const bool may_have_successor = GENERATE(true, false);
  CAPTURE(may_have_successor);
  MadeUpSite made(1);
  made.begin();
  made.script.preload_hangs = true;
  if (!may_have_successor) {
    made.registry.add("newer", [](std::int64_t x) { return x; });  // the registry has moved on
  }
  made.zygote().die();
  made.settle();
  CHECK(made.failure().empty() == may_have_successor);
  if (!may_have_successor) made.site->crews().end_all();
  pollfd ready{made.site->fds()[1], POLLIN, 0};
  CHECK(::poll(&ready, 1, 0) == 0);
}

TEST_CASE("a renewal that is asked for before a successor is due is that successor") {
  MadeUpSite made(1);
  made.begin();
  for (int death = 0; death < 2; ++death) {
    made.zygote().die();
    made.settle();
  }
  REQUIRE(made.site->crews().is_coming_up());
  REQUIRE_FALSE(made.site->crews().is_renewing());  // the second death costs a delay
  const std::size_t before = made.zygotes.size();
  made.site->crews().renew(pool::CrewReason::asked, made.now);
  for (int second = 0; second < 20; ++second) made.wait(1s);
  CHECK(made.zygotes.size() == before + 1);
  CHECK_FALSE(made.site->crews().is_coming_up());
  CHECK(made.phase(0) == WorkerPhase::serving);
}

TEST_CASE("what was due does not come after the end of a pool") {
  const bool is_closed = GENERATE(true, false);
  MadeUpSite made(1);
  made.begin();
  for (int death = 0; death < 2; ++death) {
    made.zygote().die();
    made.settle();
  }
  REQUIRE(made.site->crews().next_deadline());
  if (is_closed) {
    made.site->leave();
  } else {
    made.site->crews().end_all();
  }
  CHECK_FALSE(made.site->crews().next_deadline());
}

TEST_CASE("zygotes that die without any work being done are replaced ever later, then never") {
  MadeUpSite made(1);
  made.begin();
  for (std::size_t death = 1; death <= 4; ++death) {
    made.zygote().die();
    made.settle();
    made.wait(1s);
    CHECK(made.zygotes.size() == death + 1);
  }
  made.zygote().die();
  made.settle();
  CHECK(made.failure().starts_with("its zygotes end without any work being done"));
}

TEST_CASE("a zygote that is stopped is continued, and killed after stop_grace") {
  PoolOptions options;
  options.stop_grace = 5s;
  MadeUpSite made(1, options);
  made.begin();
  made.wait(1s);
  made.zygote().stop(true);
  made.wait(1s);
  CHECK(made.zygote().wake_ups() == 1);
  made.zygote().stop(false);
  made.wait(1s);
  made.zygote().stop(true);
  for (int second = 0; second < 5; ++second) {
    CHECK(made.zygotes.size() == 1);
    made.wait(1s);
  }
  made.wait(1s);
  CHECK(made.zygotes.size() == 2);
  CHECK(made.told.zygotes_gone == 1);
}

TEST_CASE("a pause is told to every zygote, and what runs does not age in it") {
  MadeUpSite made(1);
  made.begin();
  const auto map = made.open("square", 0, 1, chunks_of(2));
  REQUIRE(made.worker(0).stop_inside(0));
  made.wait(1s);
  made.wait(2s);
  CHECK(made.site->health().workers(made.now).at(0).item_time == 2s);
  CHECK(made.site->crews().pause(true, made.now) == 0s);
  CHECK(made.zygote().is_paused());
  made.now += 60s;
  CHECK(made.site->crews().pause(false, made.now) == 60s);
  CHECK_FALSE(made.zygote().is_paused());
  CHECK(made.site->health().workers(made.now).at(0).item_time == 2s);
  CHECK_FALSE(made.site->crews().pause(false, made.now));
}

TEST_CASE("the limits of maps are told before their items, and taken back after them") {
  MadeUpSite made(1);
  made.begin();
  MapOptions options = chunks_of(1);
  options.timeout = 7s;
  {
    const auto map = made.open("square", 0, 3, options);
    CHECK(made.zygote().limits().at(map->time_limit->number()) == 7s);
    made.run();
    (void)made.read(*map);
  }
  made.ledger->maps().release_settled();
  made.ledger->time_limits().sweep();
  made.settle();
  CHECK(made.zygote().limits().at(1) == 0s);
}

TEST_CASE("a crew that comes up later is told the limits that hold") {
  PoolOptions options;
  options.timeout = 9s;
  MadeUpSite made(1, options);
  made.begin();
  made.zygote().die();
  made.settle();
  REQUIRE(made.zygotes.size() == 2);
  CHECK(made.zygote().limits().at(1) == 9s);
}

TEST_CASE("a worker whose rings are lost three times is replaced once its results are in") {
  MadeUpSite made(1);
  made.begin();
  for (int ring = 1; ring <= 3; ++ring) {
    const auto map = made.open("square", 0, 1, chunks_of(2));
    made.site->announce_sleep();
    made.site->drain();
    REQUIRE(made.worker(0).run_one_silently());
    made.site->health().look_for_lost_rings();
    CHECK(made.site->health().rescues() == static_cast<std::uint64_t>(ring));
    made.settle();
    CHECK(made.read(*map).values.size() == 1);
  }
  CHECK(made.phase(0) == WorkerPhase::retiring);
}

TEST_CASE("a ring that comes in time is no rescue") {
  MadeUpSite made(1);
  made.begin();
  const auto map = made.open("square", 0, 1, chunks_of(2));
  made.site->drain();
  made.site->announce_sleep();
  REQUIRE(made.worker(0).run_one());
  made.site->health().look_for_lost_rings();
  CHECK(made.site->health().rescues() == 0);
  made.settle();
  CHECK(made.read(*map).values.size() == 1);
}

}  // namespace forkmap::testing
