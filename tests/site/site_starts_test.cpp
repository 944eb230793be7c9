// SPDX-License-Identifier: Apache-2.0
//
// How a pool begins, or does not, by a clock that the test moves. No process is needed.
#include <csignal>

#include "tests/catch.hpp"
#include "tests/site/made_up_site.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

TEST_CASE("a crew serves once all its workers are ready") {
  MadeUpSite made(2, {}, {.workers_come_up = false});
  made.begin();
  CHECK_FALSE(made.site->crews().serves());
  made.worker(0).become_ready();
  made.settle();
  CHECK_FALSE(made.site->crews().serves());
  made.worker(1).become_ready();
  made.settle();
  CHECK(made.site->crews().serves());
  CHECK(made.told.ready == 2);
  CHECK(made.told.crews == 1);
}

TEST_CASE("a crew that is not ready after start_timeout fails, and says what it waited for") {
  PoolOptions options;
  options.start_timeout = 3s;
  SECTION("its workers") {
    MadeUpSite made(1, options, {.workers_come_up = false});
    made.begin();
    made.wait(2999ms);
    CHECK(made.failure().empty());
    made.wait(1ms);
    CHECK(made.failure() == "the workers were not ready after 3000 ms (start_timeout)");
  }
  SECTION("its zygote") {
    MadeUpSite made(1, options, {.preload_hangs = true});
    made.begin();
    CHECK(made.site->crews().is_preloading());
    made.wait(3s);
    CHECK(made.failure().find("after 3000 ms (start_timeout)") != std::string::npos);
  }
}

TEST_CASE("a preload hook that fails is the crew's failure") {
  MadeUpSite made(1, {}, {.preload_failure = "no licence"});
  made.begin();
  CHECK(made.failure() == "preload of a plugin: no licence");
  CHECK(made.zygotes.size() == 1);
}

TEST_CASE("a start hook that fails at the beginning is the pool's failure") {
  MadeUpSite made(2, {}, {.workers_come_up = false});
  made.begin();
  made.worker(1).fail_start("start hook of plugin x: no device");
  made.settle();
  CHECK(made.failure() == "start hook of plugin x: no device");
}

TEST_CASE("a start hook that ends its process at the beginning is named, and not tried again") {
  MadeUpSite made(1, {}, {.workers_come_up = false});
  made.begin();
  made.worker(0).enter_start_hook("start hook of plugin x");
  made.zygote().exit(0, SIGSEGV);
  made.settle();
  CHECK(made.failure().starts_with("start hook of plugin x: the worker was killed by SIGSEGV"));
  CHECK(made.told.ends[pool::WorkerEnd::start_failed] == 1);
}

TEST_CASE("a pool begins with the workers that can be had, and says so") {
  MadeUpSite made(3, {}, {.spawns_that_fail = 1});
  // One of three fails, three times in a row.
  made.begin();
  for (const auto delay : {10ms, 100ms, 1000ms}) {
    made.script.spawns_that_fail = 1;
    made.wait(delay);
  }
  CHECK(made.site->crews().serves());
  REQUIRE_FALSE(made.notices.empty());
  CHECK(made.notices[0].starts_with("only 2 of 3 workers could be started"));
}

TEST_CASE("a pool that can have no worker at the beginning fails at once, with the cause") {
  MadeUpSite made(2, {}, {.spawns_that_fail = 1'000});
  made.begin();
  for (const auto delay : {10ms, 100ms, 1000ms}) made.wait(delay);
  CHECK(made.failure().starts_with("no worker could be started: fork:"));
}

TEST_CASE("workers are asked for before a zygote is ready that has nothing to preload") {
  MadeUpSite made(3, {}, {.preload_hangs = true});
  made.begin();
  CHECK(made.site->crews().is_preloading());
  CHECK(made.zygote().spawns() == 3);
}

TEST_CASE("and not where their growth will be told from what the zygote has then") {
  PoolOptions options;
  options.recycle_after_growth = std::uint64_t{1} << 30U;
  MadeUpSite made(3, options, {.preload_hangs = true});
  made.begin();
  CHECK(made.zygote().spawns() == 0);
}

}  // namespace forkmap::testing
