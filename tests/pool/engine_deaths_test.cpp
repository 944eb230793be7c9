// SPDX-License-Identifier: Apache-2.0
//
// The failure table of the design, row by row, with real processes.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "tests/catch.hpp"
#include "tests/kit/temporary.hpp"
#include "tests/pool/engine_team.hpp"
#include "tests/pool/process_census.hpp"

namespace forkmap::testing {

namespace {

struct DeathCase {
  const char* function;
  std::optional<int> signal;
  std::optional<int> exit_status;
};

}  // namespace

TEST_CASE("each kind of death costs one item and is named") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 2});
  const DeathCase death = GENERATE(values<DeathCase>({
      {"crash_on_three", SIGSEGV, std::nullopt},
      {"abort_on_three", SIGABRT, std::nullopt},
      {"exit_on_three", std::nullopt, 7},
      {"quick_exit_on_three", std::nullopt, 7},
      {"exit_zero_on_three", std::nullopt, 0},
      {"pthread_exit_on_three", std::nullopt, 243},
      {"kill_self_on_three", SIGKILL, std::nullopt},
      {"stack_overflow_on_three", SIGSEGV, std::nullopt},
      {"throw_in_thread_on_three", SIGABRT, std::nullopt},
  }));
  const std::size_t chunk = GENERATE(1U, 10U);
  CAPTURE(death.function, chunk);
  const Outcomes outcomes =
      read_all(*open_integers(engine, registry, death.function, 1, 10, {.chunk = chunk}));
  CHECK(outcomes.count == 10);
  CHECK(outcomes.values.size() == 9);
  REQUIRE(outcomes.errors.size() == 1);
  const ItemError& error = outcomes.errors.at(2);
  CHECK(error.kind == ErrorKind::worker_died);
  CHECK(error.signal == death.signal);
  CHECK(error.exit_status == death.exit_status);
  CHECK(error.attempt == 2);
  CHECK(error.function == std::string("faulty:") + death.function);
}

TEST_CASE("what a function throws is the item's error and the worker goes on") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 1});
  const Outcomes outcomes = read_all(*open_integers(engine, registry, "throw_on_three", 1, 5));
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.at(2).kind == ErrorKind::function_error);
  CHECK(outcomes.errors.at(2).message == "three is not allowed");
  CHECK(engine.workers().at(0).respawns == 0);
}

TEST_CASE("retries are as many as asked for, and once means once") {
  const tests::TemporaryFile log;
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(),
                      {.workers = 2, .retries = 3, .parameters = {{"log", log.path()}}});
  const auto calls_of_three = [&] {
    std::ifstream file(log.path());
    std::string line;
    int calls = 0;
    while (std::getline(file, line)) calls += line.starts_with("3 ") ? 1 : 0;
    return calls;
  };
  SECTION("retries = 3 is four attempts") {
    const Outcomes outcomes =
        read_all(*open_integers(engine, registry, "count_calls_crash_on_three", 1, 5));
    CHECK(calls_of_three() == 4);
    CHECK(outcomes.errors.at(2).attempt == 4);
    CHECK(outcomes.values.size() == 4);
  }
  SECTION("a map may have its own number") {
    const Outcomes outcomes = read_all(
        *open_integers(engine, registry, "count_calls_crash_on_three", 1, 5, {.retries = 0}));
    CHECK(calls_of_three() == 1);
    CHECK(outcomes.errors.at(2).attempt == 1);
  }
  SECTION("a function marked once is not run again") {
    const Outcomes outcomes =
        read_all(*open_integers(engine, registry, "count_calls_crash_on_three_once", 1, 5));
    CHECK(calls_of_three() == 1);
    CHECK(outcomes.errors.at(2).kind == ErrorKind::worker_died);
  }
}

TEST_CASE("an item that only crashes the first time succeeds in a fresh worker") {
  const tests::TemporaryFile log;
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 2, .parameters = {{"log", log.path()}}});
  const Outcomes outcomes =
      read_all(*open_integers(engine, registry, "crash_first_time", 0, 50, {.chunk = 10}));
  CHECK(outcomes.errors.empty());
  CHECK(outcomes.values.size() == 50);
}

TEST_CASE("killing idle workers loses nothing (A1)") {
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 2});
  for (int round = 0; round < 8; ++round) {
    const auto map = open_integers(engine, registry, "square", 1, 1000);
    CHECK(read_all(*map).values.size() == 1000);
    while (engine.workers().at(static_cast<std::size_t>(round % 2)).state != WorkerState::idle) {
      engine.wait_step(std::chrono::milliseconds(10));
    }
    REQUIRE(engine.signal_worker(round % 2, SIGKILL));
  }
  CHECK(read_all(*open_integers(engine, registry, "square", 1, 1000)).values.size() == 1000);
}

TEST_CASE("ten thousand items and two hundred random kills give ten thousand outcomes") {
  Registry registry;
  registry.load(plugin_path("arith"));
  const ProcessCensus before;
  {
    pool::Engine engine(registry.table(), {.workers = 3, .retries = 50});
    std::mt19937 random(20261125);
    int kills = 0;
    std::int64_t items = 0;
    while (kills < 200) {
      const auto map = open_integers(engine, registry, "square", items, 10000,
                                     {.chunk = kills % 2 == 0 ? 1U : 50U});
      Outcomes outcomes;
      while (read_some(*map, outcomes)) {
        if (kills < 200 && random() % 20 == 0) {
          if (engine.signal_worker(static_cast<int>(random() % 3), SIGKILL)) ++kills;
        }
      }
      REQUIRE(outcomes.count == 10000);
      REQUIRE(outcomes.errors.empty());
      REQUIRE(outcomes.in_order);
      for (const auto& [position, value] : outcomes.values) {
        const std::int64_t item = items + static_cast<std::int64_t>(position);
        if (value != item * item) FAIL("item " << item << " gave " << value);
      }
      items += 10000;
    }
  }
  CHECK(ProcessCensus() == before);
}

TEST_CASE("a stopped worker counts as dead after stop_grace") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(),
                      {.workers = 2, .retries = 0, .stop_grace = std::chrono::milliseconds(200)});
  const Outcomes outcomes = read_all(*open_integers(engine, registry, "stop_self_on_three", 1, 5));
  CHECK(outcomes.values.size() == 4);
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.at(2).kind == ErrorKind::worker_died);
  CHECK_THAT(outcomes.errors.at(2).message, Catch::Contains("stopped for longer than 200 ms"));
}

TEST_CASE("what a function starts dies with its worker") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  const ProcessCensus before;
  const std::string function = GENERATE("spawn_sleeper", "spawn_daemon");
  {
    pool::Engine engine(registry.table(), {.workers = 2});
    const Outcomes outcomes = read_all(*open_integers(engine, registry, function, 1, 4));
    CHECK(outcomes.values.size() == 4);
  }
  CHECK(ProcessCensus() == before);
}

TEST_CASE("a function that forks and lets the child return does no harm") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 2});
  const Outcomes outcomes = read_all(*open_integers(engine, registry, "fork_and_return", 1, 20));
  CHECK(outcomes.count == 20);
  CHECK(outcomes.values.size() == 20);
}

TEST_CASE("a function that closes every descriptor does no harm") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 2});
  const Outcomes outcomes = read_all(*open_integers(engine, registry, "close_descriptors", 1, 20));
  CHECK(outcomes.count == 20);
  CHECK(outcomes.values.size() == 20);
}

TEST_CASE("a worker that scribbles over its lane is found out, and the pool goes on") {
  Registry registry;
  registry.load(test_plugin_path("wild"));
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 2});
  for (const auto& function : registry.functions()) {
    if (function.plugin != "wild") continue;
    CAPTURE(function.full_name);
    const Outcomes wild = read_all(*open_integers(engine, registry, function.full_name, 1, 6));
    CHECK(wild.count == 6);
    CHECK(read_all(*open_integers(engine, registry, "square", 1, 1000)).values.size() == 1000);
  }
}

TEST_CASE("the zygote and workers may be killed at random, and nothing is lost") {
  Registry registry;
  registry.load(plugin_path("arith"));
  const ProcessCensus before;
  {
    pool::Engine engine(registry.table(), {.workers = 3, .retries = 50});
    const auto map = open_integers(engine, registry, "square", 0, 400'000, {.chunk = 20});
    std::mt19937 random(7);
    Outcomes outcomes;
    int kills = 0;
    int zygotes = 0;
    while (read_some(*map, outcomes)) {
      if (random() % 200 == 0) {
        kills += engine.signal_worker(static_cast<int>(random() % 3), SIGKILL) ? 1 : 0;
      }
      if (zygotes < 5 && random() % 2000 == 0 && engine.zygote_pid() > 0) {
        ::kill(engine.zygote_pid(), SIGKILL);
        ++zygotes;
      }
    }
    CHECK(outcomes.count == 400'000);
    CHECK(outcomes.errors.empty());
    CHECK(kills > 0);
    CHECK(zygotes > 0);
  }
  // A worker that was forked but not yet announced when its zygote was killed dies with it, and is
  // left to whoever adopts orphans: here this process.
  while (::waitpid(-1, nullptr, 0) > 0) {
  }
  CHECK(ProcessCensus() == before);
}

}  // namespace forkmap::testing
