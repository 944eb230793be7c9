// SPDX-License-Identifier: Apache-2.0
//
// Options of a map: limits that follow the median, and values that can never be.
#include <unistd.h>

#include <forkmap/forkmap.hpp>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "tests/catch.hpp"

using namespace forkmap;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

std::set<std::size_t> timed_out_of(OutcomeRange<long> outcomes, std::size_t& count) {
  std::set<std::size_t> places;
  for (const auto& outcome : outcomes) {
    ++count;
    if (!outcome && outcome.error().kind == ErrorKind::timed_out) places.insert(outcome.index());
  }
  return places;
}

}  // namespace

// The kit's watchdog ends the test if the limit never comes.
TEST_CASE("items of tasks that still run count for a limit in percent of the median") {
  struct Case {
    int workers;
    std::size_t chunk;
    std::set<std::size_t> hang;
  };
  const auto [workers, chunk, hang] =
      GENERATE(Case{2, 5, {7, 13}}, Case{2, 5, {8, 12}}, Case{1, 100, {50}}, Case{2, 40, {12, 60}});
  CAPTURE(workers, chunk);
  Registry registry;
  const auto hangs = registry.add("hangs", [set = hang](long x) {
    if (set.contains(static_cast<std::size_t>(x))) {
      for (;;) ::pause();
    }
    return x;
  });
  std::vector<long> items(100);
  std::iota(items.begin(), items.end(), 0L);
  Pool pool(registry, {.workers = workers, .retries = 0});
  std::size_t count = 0;
  CHECK(timed_out_of(pool.map(hangs, items, {.chunk = chunk, .timeout_percent = 1000}).outcomes(),
                     count) == hang);
  CHECK(count == items.size());
}

TEST_CASE("a field of MapOptions that can never be is named") {
  Registry registry;
  const auto square = registry.add("square", [](long x) { return x * x; });
  Pool pool(registry, {.workers = 1});
  CHECK_THROWS_WITH((void)pool.map(square, {1}, {.retries = -1}), Contains("MapOptions::retries"));
  CHECK_THROWS_WITH((void)pool.map(square, {1}, {.timeout = -1s}),
                    Contains("MapOptions::timeout "));
  CHECK_THROWS_WITH((void)pool.map(square, {1}, {.timeout_percent = 99}),
                    Contains("MapOptions::timeout_percent"));
  CHECK_THROWS_WITH((void)pool.map(square, {1}, {.timeout_percent = -5}),
                    Contains("MapOptions::timeout_percent"));
  CHECK_THROWS_WITH(Pool(registry, {.timeout = -1s}), Contains("PoolOptions::timeout "));
  CHECK_THROWS_WITH((void)pool.map(square, {1}, {.chunk = kMostChunkItems + 1}),
                    Contains("MapOptions::chunk"));
  CHECK(pool.map(square, {1, 2, 3}, {.chunk = kMostChunkItems}).collect() ==
        std::vector<long>{1, 4, 9});
}
