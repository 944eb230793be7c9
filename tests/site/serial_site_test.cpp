// SPDX-License-Identifier: Apache-2.0
//
// This process as a site: alone, in a loop, and beside a site with workers.
#include "core/serial/serial_site.hpp"

#include <csignal>
#include <forkmap/error.hpp>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/pool/loop.hpp"
#include "core/serial/serial_pool.hpp"
#include "core/site/fleet.hpp"
#include "tests/catch.hpp"
#include "tests/site/made_up_site.hpp"
#include "tests/site/serial_case.hpp"

namespace forkmap::testing {

TEST_CASE("a step runs one item, and a batch that is kept keeps its results") {
  SerialCase made;
  pool::SerialPool pool(made.registry.serial_session());
  const auto map = pool.open(made.lines("echo", {"first", "second", std::string(200'000, 'x')}));
  std::vector<ResultBatch> batches;
  while (!pool::SerialPool::is_over(*map)) {
    (void)pool.step();
    ResultBatch batch;
    while (pool.next(*map, batch)) batches.push_back(std::move(batch));
  }
  REQUIRE(batches.size() == 3);
  CHECK(text_of(batches[0]) == "first");
  CHECK(text_of(batches[1]) == "second");
  CHECK(text_of(batches[2]) == std::string(200'000, 'x'));
}

TEST_CASE("errors of items, and of the source, are told as a pool tells them") {
  SerialCase made;
  pool::SerialPool pool(made.registry.serial_session());
  const auto map = pool.open(made.lines("square", {"3", "x", "pause", "-1", "throw"}));
  std::vector<ResultBatch> batches;
  const auto take = [&] {
    const bool any = pool.step();
    ResultBatch batch;
    while (pool.next(*map, batch)) batches.push_back(std::move(batch));
    return any;
  };
  CHECK(take());
  CHECK(take());
  CHECK_FALSE(take());  // nothing is at hand
  CHECK(take());
  CHECK_THROWS_AS(take(), std::runtime_error);
  REQUIRE(batches.size() == 3);
  CHECK(*static_cast<const std::int64_t*>(batches[0].columns[0].values) == 9);
  CHECK(batches[1].errors.at(0).kind == ErrorKind::bad_item);
  CHECK(batches[1].errors.at(0).message == "\"x\" is not an i64");
  CHECK(batches[2].errors.at(0).kind == ErrorKind::function_error);
  CHECK(batches[2].errors.at(0).message == "negative");
  CHECK(batches[2].errors.at(0).index == 2);
  CHECK(pool::SerialPool::is_over(*map));
}

TEST_CASE("the loop knows no difference between this process and workers") {
  SerialCase made;
  const auto loop = std::make_shared<pool::Loop>(
      made.registry.table(), PoolOptions{}, nullptr, [&](const pool::Loop::Means& means) {
        return std::make_unique<pool::SerialSite>(made.registry.serial_session(), means.ledger,
                                                  means.events, nullptr);
      });
  loop->start();
  const auto map = loop->open(made.request("square", std::make_unique<Integers>(0, 50)));
  while (!map->settled()) REQUIRE(loop->step());
  CHECK(made.calls == 50);
  CHECK(map->results().unread_items() == 50);
  const auto cancelled = loop->open(made.request("square", std::make_unique<Integers>(0, 50)));
  loop->cancel(*cancelled, true);
  CHECK(cancelled->settled());
  loop->shutdown(Pending::finish);
  CHECK(loop->closed());
}

TEST_CASE("this process goes on with the work of a site that has failed") {
  const bool is_text = GENERATE(true, false);
  const std::uint64_t chunk = GENERATE(std::uint64_t{1}, std::uint64_t{7});
  CAPTURE(is_text, chunk);
  MadeUpSite made(2);
  made.begin();
  made.registry.prepare_serial();
  std::vector<std::string> lines;
  for (int item = 0; item < 60; ++item) lines.push_back(std::to_string(item));
  pool::MapRequest request;
  request.function = &made.registry.table().resolve("square");
  if (is_text) {
    request.source = std::make_unique<Lines>(lines);
    request.text.emplace();
    request.text_results = pool::TextResults::columns;
  } else {
    request.source = std::make_unique<Integers>(0, 60);
  }
  request.options = chunks_of(chunk);
  request.ordered = false;
  const auto map = made.ledger->open({}, std::move(request));
  made.settle();
  REQUIRE(made.worker(0).run_one());
  REQUIRE(made.worker(1).stop_inside(0));
  REQUIRE(map->fed() > map->outcomes());
  made.site->fail("the test wants it so");
  made.site->end();
  REQUIRE(made.ledger->has_returned());
  pool::SerialSite serial(made.registry.serial_session(), *made.ledger, made.events, nullptr);
  serial.begin(made.now);
  SiteOutcomes outcomes;
  while (serial.step(pool::Look::everything, pool::StepTime(made.now))) {
    outcomes.values.merge(made.read(*map).values);
  }
  check_squares(outcomes, 60);
  CHECK(map->settled());
  CHECK(made.ledger->workers() == 1);
}

}  // namespace forkmap::testing
