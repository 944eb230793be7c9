// SPDX-License-Identifier: Apache-2.0
//
// The stale registry, case by case: what was loaded or changed after the fork is missing in the
// workers, is shown, named and cured.
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "tests/catch.hpp"
#include "tests/kit/temporary.hpp"
#include "tests/pool/engine_team.hpp"

namespace forkmap::testing {

namespace {

std::set<pid_t> pids_of(const pool::Engine& engine) {
  std::set<pid_t> pids;
  for (const WorkerInfo& worker : engine.workers()) pids.insert(worker.pid);
  return pids;
}

void check_stale(const Outcomes& outcomes, std::size_t items, std::uint64_t needed,
                 std::uint64_t held, const std::set<pid_t>& pids) {
  CHECK(outcomes.count == items);
  CHECK(outcomes.values.empty());
  REQUIRE(outcomes.errors.size() == items);
  for (const auto& [position, error] : outcomes.errors) {
    CHECK(error.kind == ErrorKind::stale_registry);
    CHECK(error.needed == needed);
    CHECK(error.held == held);
    CHECK(pids.contains(error.pid));
  }
}

}  // namespace

TEST_CASE("stale (a, b, c): loaded before works, loaded after is stale, a second pool has it") {
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 2});
  CHECK(run_integers(engine, registry, "square", 1, 5).values.at(4) == 25);

  registry.load(plugin_path("powers"));
  const std::set<pid_t> pids = pids_of(engine);
  const Outcomes cubes = run_integers(engine, registry, "cube", 1, 5, {.chunk = 2});
  check_stale(cubes, 5, 2, 1, pids);
  CHECK_THAT(cubes.errors.at(0).message,
             Catch::Contains("powers:cube") && Catch::Contains("generation 2") &&
                 Catch::Contains("generation 1") &&
                 Catch::Contains(std::to_string(cubes.errors.at(0).pid)) &&
                 Catch::Contains("second pool") && Catch::Contains("refork"));
  // The pool lives on, with the same workers.
  CHECK(run_integers(engine, registry, "square", 1, 5).values.at(4) == 25);
  CHECK(pids_of(engine) == pids);

  pool::Engine second(registry.table(), {.workers = 2});
  CHECK(run_integers(second, registry, "cube", 1, 5).values.at(4) == 125);
  // (h) Two pools of different generations, side by side.
  CHECK(engine.generation() == 1);
  CHECK(second.generation() == 2);
  check_stale(run_integers(engine, registry, "cube", 1, 5), 5, 2, 1, pids);
}

TEST_CASE("stale (d): refork with items in flight loses none and runs none twice") {
  const tests::TemporaryFile log;
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 2, .parameters = {{"log", log.path()}}});
  const auto map = open_integers(engine, registry, "count_calls", 0, 4000, {.chunk = 5});
  Outcomes outcomes;
  for (int step = 0; step < 20; ++step) REQUIRE(read_some(*map, outcomes));
  const std::set<pid_t> before = pids_of(engine);
  registry.load(plugin_path("powers"));
  engine.refork();
  CHECK(engine.generation() == 2);
  for (const pid_t pid : pids_of(engine)) CHECK_FALSE(before.contains(pid));
  CHECK(run_integers(engine, registry, "cube", 1, 5).values.at(4) == 125);
  while (read_some(*map, outcomes)) {
  }
  CHECK(outcomes.count == 4000);
  CHECK(outcomes.errors.empty());
  CHECK(outcomes.in_order);

  std::map<std::int64_t, int> calls;
  std::set<pid_t> pids;
  std::ifstream file(log.path());
  std::int64_t item = 0;
  pid_t pid = 0;
  while (file >> item >> pid) {
    ++calls[item];
    pids.insert(pid);
  }
  CHECK(calls.size() == 4000);
  for (const auto& [number, count] : calls) {
    if (count != 1) FAIL("item " << number << " ran " << count << " times");
  }
  CHECK(pids.size() > 2);  // workers of both generations took part
}

TEST_CASE("stale (e): a replacement is exactly as stale as its siblings") {
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 2});
  registry.load(plugin_path("powers"));
  const pid_t killed = engine.workers().at(0).pid;
  REQUIRE(engine.signal_worker(0, SIGKILL));
  while (engine.workers().at(0).pid == killed ||
         engine.workers().at(0).state != WorkerState::idle) {
    engine.wait_step(std::chrono::milliseconds(10));
  }
  CHECK(engine.workers().at(0).generation == 1);
  check_stale(run_integers(engine, registry, "cube", 1, 50, {.chunk = 1}), 50, 2, 1,
              pids_of(engine));
  CHECK(run_integers(engine, registry, "square", 1, 5).values.at(4) == 25);
}

TEST_CASE("stale (f): a host function that was added after the fork") {
  Registry registry;
  registry.add("twice", [](std::int64_t x) { return 2 * x; });
  pool::Engine engine(registry.table(), {.workers = 2});
  registry.add("thrice", [](std::int64_t x) { return 3 * x; });
  CHECK(run_integers(engine, registry, "twice", 1, 5).values.at(4) == 10);
  const Outcomes stale = run_integers(engine, registry, "thrice", 1, 5);
  check_stale(stale, 5, 2, 1, pids_of(engine));
  CHECK_THAT(stale.errors.at(0).message, Catch::Contains("was added by the program"));
  engine.refork();
  CHECK(run_integers(engine, registry, "thrice", 1, 5).values.at(4) == 15);
}

TEST_CASE("stale (g): a plugin's file that is replaced is reported, and running code is unharmed") {
  const tests::TemporaryFolder folder;
  const std::string path = folder.path() + "/arith.so";
  std::filesystem::copy_file(plugin_path("arith"), path);
  Registry registry;
  registry.load(path);
  pool::Engine engine(registry.table(), {.workers = 2});
  const auto map = open_integers(engine, registry, "square", 1, 100'000);
  Outcomes outcomes;
  REQUIRE(read_some(*map, outcomes));
  REQUIRE(registry.plugins().at(0).changed.empty());
  const std::string how = GENERATE("overwritten", "renamed over", "cut short");
  CAPTURE(how);
  if (how == "overwritten") {
    std::filesystem::copy_file(plugin_path("powers"), path,
                               std::filesystem::copy_options::overwrite_existing);
  } else if (how == "renamed over") {
    std::filesystem::copy_file(plugin_path("powers"), path + ".new");
    std::filesystem::rename(path + ".new", path);
  } else {
    std::filesystem::resize_file(path, 100);
  }
  CHECK_FALSE(registry.plugins().at(0).changed.empty());
  while (read_some(*map, outcomes)) {
  }
  CHECK(outcomes.count == 100'000);
  CHECK(outcomes.errors.empty());
  // New workers, and the host itself, go on with the code that was loaded.
  engine.refork();
  CHECK(run_integers(engine, registry, "square", 1, 5).values.at(4) == 25);
}

TEST_CASE("stale (i): OnStale::refork heals by itself, once per generation") {
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 2, .on_stale = OnStale::refork});
  const std::set<pid_t> first = pids_of(engine);
  registry.load(plugin_path("powers"));
  const auto squares = open_integers(engine, registry, "square", 0, 20'000);
  const Outcomes cubes = run_integers(engine, registry, "cube", 1, 100, {.chunk = 1});
  CHECK(cubes.errors.empty());
  CHECK(cubes.values.size() == 100);
  CHECK(engine.generation() == 2);
  const std::set<pid_t> second = pids_of(engine);
  CHECK(second != first);
  CHECK(run_integers(engine, registry, "cube", 1, 100).errors.empty());
  CHECK(pids_of(engine) == second);  // no second refork
  CHECK(read_all(*squares).values.size() == 20'000);
}

TEST_CASE("stale (i): a refork that fails leaves the old workers, and says so on the items") {
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 2, .on_stale = OnStale::refork});
  registry.load(plugin_path("powers"));
  registry.load(test_plugin_path("preload_fails"));
  const Outcomes cubes = run_integers(engine, registry, "cube", 1, 5);
  REQUIRE(cubes.errors.size() == 5);
  CHECK(cubes.errors.at(0).kind == ErrorKind::stale_registry);
  CHECK_THAT(cubes.errors.at(0).message, Catch::Contains("preload of preload_fails"));
  CHECK_THROWS_AS(engine.refork(), PoolBroken);
  CHECK(engine.generation() == 1);
  CHECK(run_integers(engine, registry, "square", 1, 5).values.at(4) == 25);
}

TEST_CASE("stale (j): unknown and ambiguous names are errors that suggest") {
  Registry registry;
  registry.load(plugin_path("arith"));
  registry.load(plugin_path("geometry"));
  try {
    (void)registry.table().resolve("sqare");
    FAIL("found");
  } catch (const UnknownFunction& error) {
    CHECK_THAT(error.what(), Catch::Contains("sqare") && Catch::Contains("arith:square"));
  }
  try {
    (void)registry.table().resolve("hypot");
    FAIL("found");
  } catch (const AmbiguousFunction& error) {
    CHECK(error.candidates() == std::vector<std::string>{"arith:hypot", "geometry:hypot"});
  }
}

TEST_CASE("stale (k): a variable changed after the fork keeps its old value in the workers") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  const auto set_variable = registry.function<std::int64_t(std::int64_t)>("set_variable");
  const auto variable = registry.function<std::int64_t(std::int64_t)>("stale_variable");
  pool::Engine engine(registry.table(), {.workers = 2});
  set_variable(42);
  CHECK(variable(0) == 42);  // in the host
  const Outcomes old = run_integers(engine, registry, "stale_variable", 0, 20, {.chunk = 1});
  CHECK(old.errors.empty());  // silently: nobody can know
  for (const auto& [position, value] : old.values) CHECK(value == 1);
  engine.refork();
  const Outcomes renewed = run_integers(engine, registry, "stale_variable", 0, 20, {.chunk = 1});
  for (const auto& [position, value] : renewed.values) CHECK(value == 42);
}

TEST_CASE("a zygote killed after a load breaks the pool, and the reason is given") {
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 2});
  registry.load(plugin_path("powers"));
  ::kill(engine.zygote_pid(), SIGKILL);
  const auto read = [&] {
    for (int round = 0; round < 1000; ++round) run_integers(engine, registry, "square", 1, 1000);
  };
  CHECK_THROWS_WITH(read(), Catch::Contains("moved on from generation 1 to 2"));
}

}  // namespace forkmap::testing
