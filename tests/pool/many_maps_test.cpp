// SPDX-License-Identifier: Apache-2.0
//
// Very many maps that are open at once, most of which may not be fed.
#include <chrono>
#include <cstdint>
#include <forkmap/forkmap.hpp>
#include <numeric>
#include <optional>
#include <ranges>
#include <thread>
#include <vector>

#include "tests/catch.hpp"

using namespace forkmap;
using Integers = std::vector<std::int64_t>;

namespace {

std::int64_t square(std::int64_t x) { return x * x; }

Integers first_integers(std::int64_t count) {
  Integers all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

bool are_squares(const Integers& squares, std::size_t count) {
  if (squares.size() != count) return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (squares[i] != square(static_cast<std::int64_t>(i))) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a thousand open maps give all their items, whichever is read first") {
  Registry registry;
  const auto function = registry.add("square", square);
  const Integers items = first_integers(20'000);
  Pool pool(registry, {.workers = 2});
  std::vector<MapResult<std::int64_t>> maps;
  for (int i = 0; i < 1000; ++i) maps.push_back(pool.map(function, items));
  const bool from_the_end = GENERATE(false, true);
  std::size_t good = 0;
  for (std::size_t i = 0; i < maps.size(); ++i) {
    auto& map = from_the_end ? maps[maps.size() - 1 - i] : maps[i];
    good += are_squares(std::move(map).collect(), items.size()) ? 1U : 0U;
  }
  CHECK(good == maps.size());
}

TEST_CASE("one of many maps is read to its end while the bound on memory is reached") {
  Registry registry;
  const auto function = registry.add("square", square);
  const Integers items = first_integers(20'000);
  Pool pool(registry, {.workers = 2, .in_flight_bytes = std::size_t{1} << 18U});
  std::vector<MapResult<std::int64_t>> maps;
  for (int i = 0; i < 300; ++i) maps.push_back(pool.map(function, items));
  const std::size_t place = GENERATE(0U, 150U, 299U);
  CHECK(are_squares(std::move(maps[place]).collect(), items.size()));
  // The others are not lost, though nobody has read them so far.
  const std::size_t other = (place + 7) % maps.size();
  CHECK(are_squares(std::move(maps[other]).collect(), items.size()));
}

TEST_CASE("more maps without items than are asked at once do not hide one that has some") {
  Registry registry;
  const auto slow = registry.add("slow", [](std::int64_t x) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return x;
  });
  const auto function = registry.add("square", square);
  Pool pool(registry, {.workers = 1});
  // The lane is full while the others are opened, so their sources are asked later.
  auto first = pool.map(slow, first_integers(300), {.chunk = 1});
  auto last = pool.map(function, first_integers(10));
  auto none = std::views::iota(0L, 3L) | std::views::filter([](long) { return false; });
  std::vector<MapResult<std::int64_t>> empty;
  for (int i = 0; i < 500; ++i) empty.push_back(pool.map(function, none));
  CHECK(are_squares(std::move(last).collect(), 10));
  CHECK(std::move(first).collect().size() == 300);
  for (auto& map : empty) CHECK(std::move(map).collect().empty());
}

TEST_CASE("maps that nobody reads are fed no further, and submitted items pass them") {
  Registry registry;
  const auto function = registry.add("square", square);
  Pool pool(registry, {.workers = 2});
  std::vector<MapResult<std::int64_t>> maps;
  for (int i = 0; i < 200; ++i) {
    maps.push_back(pool.map(function, std::views::iota(0L, 10'000'000L), {.chunk = 10}));
  }
  for (std::int64_t x = 0; x < 100; ++x) CHECK(pool.submit(function, x).get() == x * x);
  pool.resize(1);
  CHECK(pool.submit(function, 7).get() == 49);
  pool.resize(3);
  auto& map = maps[100];
  std::int64_t expected = 0;
  for (const std::int64_t y : map) {
    if (y != square(expected)) FAIL("item " << expected << " gave " << y);
    if (++expected == 200'000) break;
  }
  CHECK(expected == 200'000);
  pool.shutdown(Pending::cancel);
}
