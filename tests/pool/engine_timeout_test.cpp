// SPDX-License-Identifier: Apache-2.0
//
// Items that run too long, with real time and real kills. No upper bound of a time is asserted.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "tests/catch.hpp"
#include "tests/pool/engine_team.hpp"
#include "tests/pool/process_census.hpp"
#include "tests/pool/shared_counter.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

namespace {

[[noreturn]] void hang() {
  volatile std::int64_t turns = 0;
  for (;;) turns = turns + 1;
}

std::int64_t sleep_ms(std::int64_t duration_ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(duration_ms));
  return duration_ms;
}

bool is_gone(pid_t pid) { return ::kill(pid, 0) == -1 && errno == ESRCH; }

}  // namespace

TEST_CASE("an item that runs too long is TimedOut, and the others of its chunk are not") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  const std::size_t chunk = GENERATE(0U, 1U, 10U);
  const int retries = GENERATE(0, 2);
  CAPTURE(chunk, retries);
  pool::Engine engine(registry.table(), {.workers = 2, .retries = retries, .timeout = 300ms});
  const Outcomes outcomes =
      read_all(*open_integers(engine, registry, "hang_on_three", 1, 40, {.chunk = chunk}));
  CHECK(outcomes.count == 40);
  CHECK(outcomes.values.size() == 39);
  REQUIRE(outcomes.errors.size() == 1);
  const ItemError& error = outcomes.errors.at(2);
  CHECK(error.kind == ErrorKind::timed_out);
  CHECK(error.attempt == retries + 1);
  CHECK(error.index == 2);
  CHECK(error.function == "faulty:hang_on_three");
  CHECK(error.signal == SIGKILL);
  CHECK(error.pid > 0);
  CHECK_THAT(error.message, Catch::Matchers::Contains("300 ms (timeout)"));
}

TEST_CASE("an item that ran too long once and not again is a value") {
  Registry registry;
  const SharedCounter calls;
  registry.add("hangs_once", [&calls](std::int64_t x) {
    if (x == 3 && calls->fetch_add(1) == 0) hang();
    return x;
  });
  pool::Engine engine(registry.table(), {.workers = 2, .timeout = 300ms});
  const Outcomes outcomes = read_all(*open_integers(engine, registry, "hangs_once", 0, 20));
  CHECK(outcomes.values.size() == 20);
  CHECK(*calls == 2);
  // Marked once it is not tried again.
  calls->store(0);
  const Outcomes single =
      read_all(*open_integers(engine, registry, "hangs_once", 0, 20, {.once = true}));
  REQUIRE(single.errors.size() == 1);
  CHECK(single.errors.at(3).kind == ErrorKind::timed_out);
  CHECK(*calls == 1);
}

TEST_CASE("short items of a long chunk are not stopped") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 1, .timeout = 1s});
  const Outcomes outcomes =
      read_all(*open_integers(engine, registry, "sleep_ms", 20, 50, {.chunk = 50}));
  CHECK(outcomes.values.size() == 50);  // of 2.2 s in all
  CHECK(engine.workers().at(0).respawns == 0);
}

TEST_CASE("a map's limit counts instead of the pool's, and zero is none") {
  Registry registry;
  registry.add("sleep", sleep_ms);
  pool::Engine engine(registry.table(), {.workers = 2, .retries = 0, .timeout = 300ms});
  const auto calm = open_integers(engine, registry, "sleep", 900, 1, {.timeout = 0ns});
  const auto patient = open_integers(engine, registry, "sleep", 901, 1, {.timeout = 1h});
  CHECK(read_all(*calm).values.size() == 1);
  CHECK(read_all(*patient).values.size() == 1);
  const Outcomes strict =
      read_all(*open_integers(engine, registry, "sleep", 250'000, 1, {.timeout = 100ms}));
  REQUIRE(strict.errors.size() == 1);
  CHECK_THAT(strict.errors.at(0).message, Catch::Matchers::Contains("100 ms (timeout)"));
  const Outcomes common = read_all(*open_integers(engine, registry, "sleep", 250'000, 1));
  REQUIRE(common.errors.size() == 1);
  CHECK_THAT(common.errors.at(0).message, Catch::Matchers::Contains("300 ms (timeout)"));
}

TEST_CASE("limits hold in workers of a crew that came later, too") {
  Registry registry;
  registry.add("sleep", sleep_ms);
  pool::Engine engine(registry.table(), {.workers = 1, .retries = 0, .timeout = 200ms});
  engine.refork();
  const auto map = open_integers(engine, registry, "sleep", 250'000, 1, {.timeout = 150ms});
  const Outcomes outcomes = read_all(*map);
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.at(0).kind == ErrorKind::timed_out);
  engine.refork();
  const Outcomes again = read_all(*open_integers(engine, registry, "sleep", 250'000, 1));
  REQUIRE(again.errors.size() == 1);
  CHECK(again.errors.at(0).kind == ErrorKind::timed_out);
}

TEST_CASE("a limit is kept while the host does something else") {
  Registry registry;
  registry.add("sleep", sleep_ms);
  pool::Engine engine(registry.table(), {.workers = 1, .retries = 0, .timeout = 200ms});
  const pid_t worker = engine.workers().at(0).pid;
  const auto map = open_integers(engine, registry, "sleep", 250'000, 1);
  // No call of the engine in here.
  for (int look = 0; look < 200 && !is_gone(worker); ++look) std::this_thread::sleep_for(100ms);
  CHECK(is_gone(worker));
  CHECK(read_all(*map).errors.at(0).kind == ErrorKind::timed_out);
}

TEST_CASE("in percent of the median: the slow one among many is stopped, not the first ones") {
  Registry registry;
  registry.add("one_slow", [](std::int64_t x) { return sleep_ms(x == 30 ? 250'000 : 10) + x; });
  pool::Engine engine(registry.table(), {.workers = 2, .retries = 0});
  const Outcomes outcomes = read_all(
      *open_integers(engine, registry, "one_slow", 0, 60, {.chunk = 1, .timeout_percent = 10000}));
  CHECK(outcomes.values.size() == 59);
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.at(30).kind == ErrorKind::timed_out);
}

TEST_CASE("a limit in percent does not act on few items") {
  Registry registry;
  registry.add("last_slow", [](std::int64_t x) { return sleep_ms(x == 8 ? 500 : 1) + x; });
  pool::Engine engine(registry.table(), {.workers = 1, .retries = 0});
  const Outcomes outcomes = read_all(
      *open_integers(engine, registry, "last_slow", 0, 9, {.chunk = 1, .timeout_percent = 200}));
  CHECK(outcomes.values.size() == 9);
}

TEST_CASE("a call of a vectorized function that runs too long costs the guilty item only") {
  Registry registry;
  registry.add_vectorized("hang_vector",
                          [](std::span<const std::int64_t> x, std::span<std::int64_t> out) {
                            for (std::size_t i = 0; i < x.size(); ++i) {
                              if (x[i] == 3) hang();
                              out[i] = x[i];
                            }
                          });
  pool::Engine engine(registry.table(), {.workers = 1, .retries = 1, .timeout = 300ms});
  const Outcomes outcomes =
      read_all(*open_integers(engine, registry, "hang_vector", 0, 20, {.chunk = 10}));
  CHECK(outcomes.values.size() == 19);
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.at(3).kind == ErrorKind::timed_out);
  CHECK(outcomes.errors.at(3).attempt == 2);
}

TEST_CASE("a death by itself under a limit is a death") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 1, .retries = 0, .timeout = 1h});
  const Outcomes outcomes = read_all(*open_integers(engine, registry, "kill_self_on_three", 3, 1));
  CHECK(outcomes.errors.at(0).kind == ErrorKind::worker_died);
}

TEST_CASE("very many items that are all too slow each end once, and nothing is left behind") {
  Registry registry;
  registry.add("sleep", sleep_ms);
  const ProcessCensus before;
  {
    pool::Engine engine(registry.table(), {.workers = 2, .retries = 0, .timeout = 20ms});
    const Outcomes outcomes =
        read_all(*open_integers(engine, registry, "sleep", 250'000, 40, {.chunk = 8}));
    CHECK(outcomes.count == 40);
    CHECK(outcomes.errors.size() == 40);
    for (const auto& [position, error] : outcomes.errors) {
      CHECK(error.kind == ErrorKind::timed_out);
    }
  }
  CHECK(ProcessCensus() == before);
}

}  // namespace forkmap::testing
