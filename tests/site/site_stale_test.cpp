// SPDX-License-Identifier: Apache-2.0
//
// Functions that are newer than the worker that is asked for them. Workers of a scripted zygote
// share the test's registry, so a task is made stale by hand: by the flag that a worker would set.
#include "tests/catch.hpp"
#include "tests/site/made_up_site.hpp"

namespace forkmap::testing {

namespace {

// The function is added after the pool was made; its task comes back as a worker's answer.
std::shared_ptr<pool::Map> open_newer(MadeUpSite& made) {
  made.registry.add("newer", [](std::int64_t x) { return -x; });
  return made.open("newer", 1, 4, chunks_of(4));
}

PoolOptions with(OnStale on_stale) {
  PoolOptions options;
  options.on_stale = on_stale;
  return options;
}

}  // namespace

TEST_CASE("a function newer than the worker is StaleRegistry, and says both generations") {
  MadeUpSite made(1, with(OnStale::fail));
  made.begin();
  const auto held = made.site->crews().generation();
  const auto map = open_newer(made);
  REQUIRE(made.worker(0).answer_stale());
  made.settle();
  const SiteOutcomes outcomes = made.read(*map);
  REQUIRE(outcomes.errors.size() == 4);
  for (const auto& [position, error] : outcomes.errors) {
    CHECK(error.kind == ErrorKind::stale_registry);
    CHECK(error.held == held);
    CHECK(error.needed == held + 1);
    CHECK(error.index == position);
  }
  CHECK(map->settled());
  CHECK(made.zygotes.size() == 1);
}

TEST_CASE("with OnStale::refork its items wait for the new crew, and have values") {
  MadeUpSite made(1, with(OnStale::refork));
  made.begin();
  const auto map = open_newer(made);
  REQUIRE(made.worker(0).answer_stale());
  made.settle();
  CHECK(made.zygotes.size() == 2);
  made.run();
  const SiteOutcomes outcomes = made.read(*map);
  CHECK(outcomes.values ==
        std::map<std::uint64_t, std::int64_t>{{0, -1}, {1, -2}, {2, -3}, {3, -4}});
}

TEST_CASE("where the new crew does not come up they are StaleRegistry, with the cause") {
  MadeUpSite made(1, with(OnStale::refork));
  made.begin();
  made.script.preload_failure = "no licence";
  const auto map = open_newer(made);
  REQUIRE(made.worker(0).answer_stale());
  made.settle();
  const SiteOutcomes outcomes = made.read(*map);
  REQUIRE(outcomes.errors.size() == 4);
  CHECK(outcomes.errors.at(0).message.find(
            "could not be renewed: preload of a plugin: no licence") != std::string::npos);
  CHECK(made.failure().empty());
  // It is not tried again for the same generation.
  const auto again = made.open("newer", 1, 1, chunks_of(2));
  made.zygotes.resize(1);
  REQUIRE(made.worker(0).answer_stale());
  made.settle();
  const SiteOutcomes late = made.read(*again);
  REQUIRE(late.errors.size() == 1);
  CHECK(late.errors.at(0).message == outcomes.errors.at(0).message);
  CHECK(made.zygotes.size() == 1);
}

TEST_CASE("what waits for a new crew waits on while that has to be forked again") {
  MadeUpSite made(1, with(OnStale::refork));
  made.begin();
  made.script.workers_come_up = false;
  const auto map = open_newer(made);
  REQUIRE(made.worker(0).answer_stale());
  made.settle();
  REQUIRE(made.site->crews().is_renewing());
  for (int death = 0; death < 2; ++death) {
    made.zygote().die();
    made.settle();
  }
  REQUIRE_FALSE(made.site->crews().is_renewing());
  REQUIRE(made.site->crews().is_coming_up());
  CHECK(made.read(*map).count() == 0);
  made.script.workers_come_up = true;
  for (int second = 0; second < 20; ++second) made.wait(std::chrono::seconds(1));
  made.run();
  CHECK(made.read(*map).values.size() == 4);
}

TEST_CASE("what waits for a new crew can be cancelled") {
  MadeUpSite made(1, with(OnStale::refork));
  made.begin();
  made.script.preload_hangs = true;
  const auto map = open_newer(made);
  REQUIRE(made.worker(0).answer_stale());
  made.settle();
  CHECK(made.read(*map).count() == 0);
  made.cancel(*map, true);
  CHECK(made.read(*map).errors.size() == 4);
  CHECK(map->settled());
}

}  // namespace forkmap::testing
