// SPDX-License-Identifier: Apache-2.0
//
// What a program may do with its items and its results while a map is read.
#include <chrono>
#include <cstdint>
#include <deque>
#include <forkmap/forkmap.hpp>
#include <functional>
#include <list>
#include <numeric>
#include <optional>
#include <ranges>
#include <string>
#include <thread>
#include <vector>

#include "tests/catch.hpp"

using namespace forkmap;

namespace {

struct SourceFixture {
  Registry registry;
  Function<long(long)> square = registry.add("square", [](long x) { return x * x; });
  Function<std::string(std::string_view)> same =
      registry.add("same", [](std::string_view text) { return std::string(text); });
  Function<long(long)> no_zero = registry.add("no_zero", [](long x) {
    if (x == 0) throw std::runtime_error("zero");
    return x;
  });
};

template <class R>
std::vector<R> values_of(OutcomeRange<R> outcomes) {
  std::vector<R> values;
  for (const auto& outcome : outcomes) {
    CHECK(outcome.index() == values.size());
    values.push_back(outcome ? Outcome<R>(outcome).value() : R{});
  }
  return values;
}

}  // namespace

TEST_CASE("what was only looked at is not read") {
  SourceFixture f;
  Pool pool(f.registry, {.workers = 2});
  const std::vector<long> all{1, 4, 9};
  SECTION("compared with the end, then read as outcomes") {
    auto map = pool.map(f.square, {1, 2, 3});
    CHECK_FALSE(map.begin() == map.end());
    CHECK(values_of(std::move(map).outcomes()) == all);
  }
  SECTION("looked at, then read as outcomes") {
    auto map = pool.map(f.square, {1, 2, 3});
    CHECK(*map.begin() == 1);
    CHECK(values_of(std::move(map).outcomes()) == all);
  }
  SECTION("compared, then collected, viewed, or taken unordered") {
    auto map = pool.map(f.square, {1, 2, 3});
    CHECK_FALSE(map.begin() == map.end());
    CHECK(std::move(map).collect() == all);
    auto viewed = pool.map(f.square, {1, 2, 3});
    CHECK_FALSE(viewed.begin() == viewed.end());
    std::size_t count = 0;
    for ([[maybe_unused]] const long y : std::move(viewed).views()) ++count;
    CHECK(count == 3);
    auto unordered = pool.map(f.square, {1, 2, 3});
    CHECK_FALSE(unordered.begin() == unordered.end());
    count = 0;
    for ([[maybe_unused]] const auto& [index, y] : std::move(unordered).unordered()) ++count;
    CHECK(count == 3);
  }
  SECTION("what the iterator was moved past is read") {
    auto map = pool.map(f.square, {1, 2, 3});
    ++map.begin();
    CHECK_FALSE(map.begin() == map.end());
    CHECK(std::move(map).collect() == std::vector<long>{4, 9});
  }
  SECTION("a text that was moved out of the reader's hands is there again") {
    auto map = pool.map(f.same, {std::string("first"), std::string("second")});
    const std::string taken = std::move(*map.begin());
    CHECK(taken == "first");
    CHECK(std::move(map).collect() == std::vector<std::string>{"first", "second"});
  }
  SECTION("an item that fails is met when it is read, not when it is compared") {
    auto map = pool.map(f.no_zero, {0, 1});
    CHECK_FALSE(map.begin() == map.end());
    auto outcomes = std::move(map).outcomes();
    const auto first = *outcomes.begin();
    CHECK(first.error().kind == ErrorKind::function_error);
    auto thrown = pool.map(f.no_zero, {0, 1});
    CHECK_THROWS_AS(++thrown.begin(), ItemFailed);
  }
}

TEST_CASE("a vector that grows while its map is read gives the items that it had") {
  SourceFixture f;
  Pool pool(f.registry, {.workers = 2});
  const bool in_place = GENERATE(true, false);
  std::vector<long> items(100'000);
  std::iota(items.begin(), items.end(), 0L);
  if (in_place) items.reserve(2 * items.size());
  std::size_t read = 0;
  for (const long y : pool.map(f.square, items, {.chunk = 100})) {
    const auto x = static_cast<long>(read);
    if (y != x * x) FAIL("item " << x << " gave " << y);
    if (++read <= 1000) items.push_back(-1);
  }
  CHECK(read == 100'000);
}

TEST_CASE("a sized range that is no block and grows gives the items that it had, too") {
  SourceFixture f;
  Pool pool(f.registry, {.workers = 2});
  std::list<std::string> items(20'000, "text");
  std::size_t read = 0;
  for (const std::string& text : pool.map(f.same, items, {.chunk = 10})) {
    CHECK(text == "text");
    if (++read <= 1000) items.emplace_back("late");
  }
  CHECK(read == 20'000);
}

TEST_CASE("a vector that shrinks while its map is read ends the map early") {
  SourceFixture f;
  Pool pool(f.registry, {.workers = 1});
  std::vector<long> items(100'000, 3);
  std::size_t read = 0;
  for (const long y : pool.map(f.square, items, {.chunk = 10})) {
    CHECK(y == 9);
    if (++read == 1) items.resize(50'000);
  }
  CHECK(read == 50'000);
}

TEST_CASE("an item source that shuts its pool down ends its map, and nothing hangs") {
  SourceFixture f;
  const auto pending = GENERATE(Pending::finish, Pending::cancel);
  const auto at = GENERATE(0L, 5L, 3000L);
  const auto chunk = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{7});
  Pool pool(f.registry, {.workers = 2});
  const auto items = std::views::iota(0L, 100'000L) | std::views::transform([&](long x) {
                       if (x == at) pool.shutdown(pending);
                       return x;
                     });
  const auto run = [&] { return pool.map(f.square, items, {.chunk = chunk}).collect(); };
  CHECK_THROWS_AS(run(), PoolClosed);
  CHECK_THROWS_AS((void)pool.submit(f.square, 1), PoolClosed);
}

TEST_CASE("an item source that kills or reforks its pool, or reads another map of it") {
  SourceFixture f;
  Pool pool(f.registry, {.workers = 2});
  const auto with = [&](const std::function<void()>& act) {
    return std::views::iota(0L, 100L) | std::views::transform([act](long x) {
             if (x == 50) act();
             return x;
           });
  };
  std::vector<long> inner;
  CHECK(pool.map(f.square, with([&] { pool.refork(); })).collect().size() == 100);
  CHECK(pool.map(f.square, with([&] { inner = pool.map(f.square, {7}).collect(); }))
            .collect()
            .size() == 100);
  CHECK(inner == std::vector<long>{49});
  CHECK(pool.map(f.square, with([&] { pool.resize(1); })).collect().size() == 100);
  std::size_t outcomes = 0;
  const auto chunk = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{7});
  const auto read_all = [&] {
    const auto killed = with([&] { pool.kill(); });
    for (const auto& outcome : pool.map(f.square, killed, {.chunk = chunk}).outcomes()) {
      CHECK((outcome || outcome.error().kind == ErrorKind::cancelled));
      ++outcomes;
    }
  };
  CHECK_THROWS_AS(read_all(), PoolBroken);
  CHECK(outcomes >= 50);
  CHECK(outcomes <= 100);
  CHECK_THROWS_AS((void)pool.submit(f.square, 1), PoolBroken);
}
