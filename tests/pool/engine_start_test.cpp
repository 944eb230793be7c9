// SPDX-License-Identifier: Apache-2.0
//
// Pools that do not come up, or whose workers do not: one clear error each.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "tests/catch.hpp"
#include "tests/kit/temporary.hpp"
#include "tests/pool/engine_team.hpp"
#include "tests/pool/process_census.hpp"

namespace forkmap::testing {

TEST_CASE("start hooks that fail or die are one clear error of the pool's creation") {
  Registry registry;
  registry.load(test_plugin_path("start_fails"));
  CHECK_THROWS_AS(pool::Engine(registry.table(), {.workers = 2}), PoolBroken);
  Registry dying;
  dying.load(test_plugin_path("start_dies"));
  CHECK_THROWS_AS(pool::Engine(dying.table(), {.workers = 2}), PoolBroken);
}

TEST_CASE("preload hooks that fail, die or hang are one clear error of the pool's creation") {
  const std::string plugin =
      GENERATE("preload_fails", "preload_crashes", "preload_hangs", "thread_in_preload");
  CAPTURE(plugin);
  Registry registry;
  registry.load(test_plugin_path(plugin));
  const ProcessCensus before;
  // That one hangs is known after its time only. The others need none.
  const std::chrono::milliseconds limit(plugin == "preload_hangs" ? 2'000 : 60'000);
  {
    try {
      pool::Engine engine(registry.table(), {.workers = 2, .start_timeout = limit});
      FAIL("the pool came up");
    } catch (const PoolBroken& error) {
      CHECK_THAT(error.what(), Catch::Contains("preload of " + plugin));
    }
  }
  CHECK(ProcessCensus() == before);
}

TEST_CASE("a pool whose workers always die without an item breaks, and says why") {
  Registry registry;
  registry.load(plugin_path("arith"));
  const tests::TemporaryFile mark;
  std::filesystem::remove(mark.path());
  pool::Engine engine(registry.table(), {.workers = 1, .worker_start = [path = mark.path()] {
                                           if (std::filesystem::exists(path)) ::_exit(9);
                                         }});
  CHECK(read_all(*open_integers(engine, registry, "square", 1, 5)).values.size() == 5);
  std::ofstream(mark.path()) << "die\n";
  REQUIRE(engine.signal_worker(0, SIGKILL));
  const auto map = open_integers(engine, registry, "square", 1, 5);
  // Items that had been taken are NotRun; those still in the source were never taken.
  Outcomes outcomes;
  const auto read_to_end = [&] {
    while (read_some(*map, outcomes)) {
    }
  };
  CHECK_THROWS_WITH(read_to_end(), Catch::Contains("exited with status 9"));
  CHECK(outcomes.values.empty());
  for (const auto& [position, error] : outcomes.errors) CHECK(error.kind == ErrorKind::not_run);
  CHECK_THROWS_AS(open_integers(engine, registry, "square", 1, 5), PoolBroken);
}

TEST_CASE("a zygote that is killed while the pool comes up is replaced") {
  Registry registry;
  registry.load(plugin_path("arith"));
  const tests::TemporaryFile mark;
  // The first worker to start kills its zygote, and leaves a mark so that the next does not.
  pool::Engine engine(registry.table(), {.workers = 2, .worker_start = [path = mark.path()] {
                                           if (!std::filesystem::remove(path)) return;
                                           ::kill(::getppid(), SIGKILL);
                                           ::pause();
                                         }});
  CHECK(read_all(*open_integers(engine, registry, "square", 1, 5)).values.at(4) == 25);
}

}  // namespace forkmap::testing
