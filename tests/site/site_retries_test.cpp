// SPDX-License-Identifier: Apache-2.0
//
// What becomes of items after a death: they are run again, cancelled, or end with the pool. No
// process is needed: a worker dies where the test says.
#include <sys/wait.h>

#include <csignal>

#include "tests/catch.hpp"
#include "tests/site/made_up_site.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

TEST_CASE("a culprit is run again, alone, in a fresh worker, as often as retries say") {
  MadeUpSite made(1, with_retries(2));
  made.begin();
  const auto map = made.open("square", 0, 4, chunks_of(4));
  for (int attempt = 1; attempt <= 3; ++attempt) {
    CAPTURE(attempt);
    REQUIRE(made.worker(0).stop_inside(attempt == 1 ? 2U : 0U));
    CHECK_FALSE(made.worker(0).run_one());
    made.zygote().exit(0, SIGSEGV);
    made.settle();
  }
  made.run();
  const SiteOutcomes outcomes = made.read(*map);
  check_squares(outcomes, 4);
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.begin()->first == 2);
  CHECK(outcomes.errors.begin()->second.attempt == 3);
  CHECK(made.told.lost == 3);
  CHECK(made.told.lost_finally == 1);
}

TEST_CASE("a culprit that does better the second time has its value") {
  MadeUpSite made(2, with_retries(1));
  made.begin();
  const auto map = made.open("square", 0, 8, chunks_of(4));
  REQUIRE(made.worker(0).stop_inside(1));
  made.zygote().exit(0, SIGSEGV);
  made.run();
  const SiteOutcomes outcomes = made.read(*map);
  check_squares(outcomes, 8);
  CHECK(outcomes.errors.empty());
}

TEST_CASE("a retry is the only task of its worker until it has ended") {
  MadeUpSite made(1, with_retries(1));
  made.begin();
  const auto map = made.open("square", 0, 8, chunks_of(4));
  REQUIRE(made.worker(0).stop_inside(1));
  made.zygote().exit(0, SIGSEGV);
  made.settle();
  CHECK(made.worker(0).run_all() == 1);
  made.settle();
  CHECK(made.worker(0).run_all() > 0);
  made.run();
  check_squares(made.read(*map), 8);
}

TEST_CASE("two retries that wait for the same worker do not send each other away") {
  MadeUpSite made(2, with_retries(1));
  made.begin();
  const auto map = made.open("square", 0, 2, chunks_of(1));
  REQUIRE(made.worker(0).stop_inside(0));
  REQUIRE(made.worker(1).stop_inside(0));
  made.site->resize(1, made.now);
  made.zygote().exit(0, SIGSEGV);
  made.zygote().exit(1, SIGSEGV);
  made.run();
  CHECK(made.read(*map).values.size() == 2);
  CHECK(made.zygote().spawns() <= 5);
}

TEST_CASE("an item that is marked once fails with its worker's first death") {
  MadeUpSite made(1, with_retries(5));
  made.begin();
  MapOptions options = chunks_of(3);
  options.once = true;
  const auto map = made.open("square", 0, 3, options);
  REQUIRE(made.worker(0).stop_inside(1));
  made.zygote().exit(0, SIGSEGV);
  made.run();
  const SiteOutcomes outcomes = made.read(*map);
  check_squares(outcomes, 3);
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.at(1).message.find("is marked once") != std::string::npos);
}

TEST_CASE("what is cancelled without outcomes is dropped wherever it is when its worker dies") {
  MadeUpSite made(2, with_retries(3));
  made.begin();
  const auto map = made.open("square", 0, 100, chunks_of(5));
  REQUIRE(made.worker(0).stop_inside(2));
  made.cancel(*map, false);
  made.zygote().exit(0, SIGSEGV);
  made.run();
  CHECK(map->settled());
  CHECK(made.read(*map).count() == 0);
  CHECK(made.ledger->may_feed_more());
}

TEST_CASE("what is cancelled with outcomes: finished items are kept, the others are Cancelled") {
  MadeUpSite made(1, with_retries(3));
  made.begin();
  const auto map = made.open("square", 0, 10, chunks_of(5));
  REQUIRE(made.worker(0).stop_inside(2));
  made.cancel(*map, true);
  CHECK(made.zygote().stops().size() == 1);  // and it died of that
  made.run();
  const SiteOutcomes outcomes = made.read(*map);
  CHECK(outcomes.values.size() == 2);
  CHECK(outcomes.errors.size() == map->fed() - 2);
  for (const auto& [position, error] : outcomes.errors) CHECK(error.kind == ErrorKind::cancelled);
  CHECK(map->settled());
  CHECK(made.told.ends[pool::WorkerEnd::stopped] == 1);
}

TEST_CASE("what runs on after its map was cancelled has the grace that was given") {
  MadeUpSite made(1);
  made.begin();
  const auto map = made.open("square", 0, 3, chunks_of(3));
  REQUIRE(made.worker(0).stop_inside(1));
  made.cancel(*map, true, 2s);
  made.wait(1999ms);
  CHECK(made.zygote().stops().empty());
  made.wait(1ms);
  REQUIRE(made.zygote().stops().size() == 1);
  CHECK(made.zygote().stops()[0].item == 1);
}

TEST_CASE("a zygote that dies takes its workers: what they ran is run again, uncharged") {
  MadeUpSite made(2, with_retries(0));
  made.begin();
  const auto map = made.open("square", 0, 40, chunks_of(5));
  REQUIRE(made.worker(0).stop_inside(2));
  REQUIRE(made.worker(1).run_one());
  made.zygote().die();
  made.settle();
  CHECK(made.zygotes.size() == 2);
  made.run();
  const SiteOutcomes outcomes = made.read(*map);
  check_squares(outcomes, 40);
  CHECK(outcomes.errors.empty());
  CHECK(made.told.zygotes_gone == 1);
  CHECK(made.told.lost == 0);
}

TEST_CASE("a zygote's death is the pool's if the registry has moved on") {
  MadeUpSite made(1);
  made.begin();
  made.registry.add("later", [](std::int64_t x) { return x; });
  made.zygote().die();
  made.settle();
  CHECK(made.failure().find("has moved on from generation") != std::string::npos);
  CHECK(made.zygotes.size() == 1);
}

TEST_CASE("what is under way when the pool breaks has outcomes, each once") {
  MadeUpSite made(2);
  made.begin();
  const auto map = made.open("square", 0, 1000, chunks_of(5));
  REQUIRE(made.worker(0).stop_inside(2));
  REQUIRE(made.worker(1).run_one());
  made.ledger->end_all(ErrorKind::not_run, "the pool broke");
  made.site->end();
  // The first two of the task that was not finished are among them.
  const SiteOutcomes outcomes = made.read(*map);
  CHECK(outcomes.values.size() == 7);
  CHECK(outcomes.count() == map->fed());
  CHECK(map->settled());
}

}  // namespace forkmap::testing
