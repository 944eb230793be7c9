// SPDX-License-Identifier: Apache-2.0
//
// What an observer is told of a pool.
#include <signal.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "tests/catch.hpp"
#include "tests/event_log.hpp"
#include "tests/pool/engine_team.hpp"

namespace forkmap::testing {

namespace {

using namespace std::chrono_literals;

}  // namespace

TEST_CASE("an observer is told of each item once, in tasks that do not overlap") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  EventLog log;
  pool::Engine engine(registry.table(), {.workers = 2}, &log);
  const std::size_t chunk = GENERATE(1U, 7U);
  const auto before = std::chrono::steady_clock::now();
  REQUIRE(run_integers(engine, registry, "spin_us", 0, 100, {.chunk = chunk}).count == 100);
  CHECK(log.items() == 100);
  std::set<std::uint64_t> seen;
  std::map<int, pool::EventTime> ends;
  for (const pool::TaskRan& task : log.ran) {
    CHECK(task.items <= chunk);
    CHECK(task.is_measured);
    CHECK(task.failed == 0);
    CHECK(task.begun >= before);
    CHECK(task.begun >= ends[task.worker.number]);
    ends[task.worker.number] = task.ended;
    // The items spin 0, 1, 2 ... us.
    std::chrono::nanoseconds work{};
    for (std::uint64_t item = 0; item < task.items; ++item) {
      CHECK(seen.insert(task.first_index + item).second);
      work += std::chrono::microseconds(task.first_index + item);
    }
    CHECK(task.ended - task.begun >= work);
    CHECK(task.ended <= std::chrono::steady_clock::now());
  }
  CHECK(seen.size() == 100);
  CHECK(log.ready.size() == 2);
  REQUIRE(log.crews.size() == 1);
  CHECK(log.crews.front().reason == pool::CrewReason::beginning);
  engine.shutdown(Pending::finish);
  CHECK(log.ends(pool::WorkerEnd::left) == 2);
}

TEST_CASE("small items that travel in cells are told of as well") {
  Registry registry;
  registry.load(plugin_path("arith"));
  EventLog log;
  pool::Engine engine(registry.table(), {.workers = 1}, &log);
  REQUIRE(run_integers(engine, registry, "square", 1, 500, {.chunk = 1}).count == 500);
  CHECK(log.items() == 500);
  CHECK(log.ran.size() == 500);
}

TEST_CASE("a death is told with its item, each attempt, and the worker's end") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  EventLog log;
  pool::Engine engine(registry.table(), {.workers = 2, .retries = 2}, &log);
  REQUIRE(run_integers(engine, registry, "crash_on_three", 1, 20, {.chunk = 5}).errors.size() == 1);
  REQUIRE(log.lost.size() == 3);
  for (std::size_t attempt = 0; attempt < 3; ++attempt) {
    CHECK(log.lost[attempt].index == 2);
    CHECK(log.lost[attempt].is_final == (attempt == 2));
    CHECK(log.lost[attempt].function->name == "crash_on_three");
    CHECK(log.lost[attempt].ended >= log.lost[attempt].begun);
  }
  CHECK(log.ends(pool::WorkerEnd::died) == 3);
  CHECK_THAT(log.hows.front(), Catch::Contains("SIGSEGV"));
  CHECK(log.items() == 19);
}

TEST_CASE("a time-out, and workers that are recycled, are no deaths of their own") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  EventLog log;
  pool::Engine engine(registry.table(),
                      {.workers = 1, .retries = 0, .timeout = 200ms, .recycle_after_items = 10},
                      &log);
  REQUIRE(run_integers(engine, registry, "hang_on_three", 1, 25, {.chunk = 1}).count == 25);
  CHECK(log.ends(pool::WorkerEnd::timed_out) == 1);
  CHECK(log.ends(pool::WorkerEnd::died) == 0);
  CHECK(log.ends(pool::WorkerEnd::recycled) >= 2);
  REQUIRE(log.lost.size() == 1);
  CHECK(log.lost.front().ended - log.lost.front().begun >= 200ms);
}

TEST_CASE("a refork is told with its reason: asked for, a stale function, a zygote that is gone") {
  Registry registry;
  registry.load(plugin_path("arith"));
  EventLog log;
  pool::Engine engine(registry.table(), {.workers = 1, .on_stale = OnStale::refork}, &log);
  engine.refork();
  registry.load(plugin_path("powers"));
  REQUIRE(run_integers(engine, registry, "cube", 1, 3).values.size() == 3);
  const pid_t zygote = engine.zygote_pid();
  REQUIRE(::kill(zygote, SIGKILL) == 0);
  while (engine.zygote_pid() == zygote || log.crews.size() < 4) engine.wait_step(100ms);
  REQUIRE(run_integers(engine, registry, "cube", 1, 3).values.size() == 3);
  REQUIRE(log.crews.size() == 4);
  CHECK(log.crews[1].reason == pool::CrewReason::asked);
  CHECK(log.crews[2].reason == pool::CrewReason::stale);
  CHECK(log.crews[2].generation == 2);
  CHECK(log.crews[3].reason == pool::CrewReason::zygote_gone);
  for (const auto& crew : log.crews) CHECK(crew.ended > crew.begun);
  CHECK(log.zygotes == std::vector{zygote});
  CHECK(log.ends(pool::WorkerEnd::killed) == 1);
}

TEST_CASE("a wait for results that nobody reads is told as such") {
  Registry registry;
  registry.load(plugin_path("arith"));
  EventLog log;
  pool::Engine engine(registry.table(), {.workers = 1}, &log);
  const auto map = open_integers(engine, registry, "square", 1, 100'000, {.chunk = 1});
  for (int step = 0; step < 2000 && log.stalls.empty(); ++step) engine.wait_step(10ms);
  REQUIRE(!log.stalls.empty());
  CHECK(log.stalls.back().kind == pool::StallKind::results);
  CHECK(log.stalls.back().ended >= log.stalls.back().begun);
  CHECK(read_all(*map).count == 100'000);
}

TEST_CASE("a resize and a pause are told") {
  Registry registry;
  registry.load(plugin_path("arith"));
  EventLog log;
  pool::Engine engine(registry.table(), {.workers = 1}, &log);
  engine.resize(2);
  engine.pause();
  engine.resume();
  CHECK(run_integers(engine, registry, "square", 1, 10).count == 10);
  CHECK(log.sizes == std::vector{2});
  CHECK(log.pauses == std::vector<bool>{true, false});
}

}  // namespace forkmap::testing
