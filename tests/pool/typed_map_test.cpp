// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <forkmap/forkmap.hpp>
#include <list>
#include <numeric>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "tests/catch.hpp"
#include "tests/pool/shared_counter.hpp"

using namespace forkmap;
using Integers = std::vector<std::int64_t>;

namespace {

struct MapFixture {
  Registry registry;
  Function<std::int64_t(std::int64_t)> square =
      registry.add("square", [](std::int64_t x) { return x * x; });
  Function<double(double, double)> area =
      registry.add("area", [](double x, double y) { return x * y; });
  Function<std::string(std::string_view)> shout =
      registry.add("shout", [](std::string_view text) { return std::string(text) + "!"; });
  Function<std::int64_t(std::int64_t)> no_three = registry.add("no_three", [](std::int64_t x) {
    if (x == 3) throw std::runtime_error("three is not allowed");
    return x;
  });
};

}  // namespace

TEST_CASE("a pool gives what the serial map gives, in the order of the items") {
  MapFixture f;
  Pool pool(f.registry, {.workers = 2});
  const Integers items{5, -4, 3, 2, 1};
  Integers serial;
  for (const std::int64_t item : items) serial.push_back(f.square(item));
  CHECK(pool.map(f.square, items).collect() == serial);
  CHECK(pool.map(f.square, {1, 2, 3}).collect() == Integers{1, 4, 9});
  Integers seen;
  for (const std::int64_t value : pool.map(f.square, items)) seen.push_back(value);
  CHECK(seen == serial);
}

TEST_CASE("a million items come back in order, whatever the chunk") {
  MapFixture f;
  Pool pool(f.registry, {.workers = 2});
  Integers items(1'000'000);
  std::iota(items.begin(), items.end(), -500'000);
  for (const std::size_t chunk : {std::size_t{0}, std::size_t{1000}}) {
    const Integers squares = pool.map(f.square, items, {.chunk = chunk}).collect();
    REQUIRE(squares.size() == items.size());
    bool right = true;
    for (std::size_t i = 0; i < items.size(); ++i)
      right = right && squares[i] == items[i] * items[i];
    CHECK(right);
  }
}

TEST_CASE("items of other forkmap types are widened") {
  MapFixture f;
  Pool pool(f.registry, {.workers = 1});
  CHECK(pool.map(f.square, std::vector<int>{1, -2}).collect() == Integers{1, 4});
  CHECK(pool.map(f.square, std::vector<unsigned char>{255}).collect() == Integers{65025});
  CHECK(pool.map(f.square, std::vector<long long>{3}).collect() == Integers{9});
  CHECK(pool.map(f.area, std::vector<std::pair<int, double>>{{2, 0.5}}).collect() ==
        std::vector<double>{1.0});
}

TEST_CASE("functions of several arguments take tuples, pairs, arrays and zipped ranges") {
  MapFixture f;
  Pool pool(f.registry, {.workers = 2});
  const std::vector<double> expected{12, 2};
  CHECK(pool.map(f.area, {{3, 4}, {1, 2}}).collect() == expected);
  CHECK(pool.map(f.area, std::vector<std::tuple<double, double>>{{3, 4}, {1, 2}}).collect() ==
        expected);
  CHECK(pool.map(f.area, std::vector<std::array<double, 2>>{{3, 4}, {1, 2}}).collect() == expected);
  const std::vector<double> widths{3, 1, 100};
  CHECK(pool.map(f.area, zip(widths, std::vector<int>{4, 2})).collect() == expected);
}

TEST_CASE("text, bytes, arrays, several results, bool and nothing go through") {
  Registry registry;
  const auto shout = registry.add("shout", [](const std::string& text) { return text + "!"; });
  const auto reverse = registry.add("reverse", [](std::span<const std::byte> bytes) {
    return std::vector<std::byte>(bytes.rbegin(), bytes.rend());
  });
  const auto sum = registry.add("sum", [](std::span<const double> values, bool twice) {
    const double total = std::accumulate(values.begin(), values.end(), 0.0);
    return std::tuple(twice ? 2 * total : total, static_cast<std::int64_t>(values.size()));
  });
  const auto negate = registry.add("negate", [](bool value) { return !value; });
  const auto nothing = registry.add("nothing", [](std::int64_t) {});
  Pool pool(registry, {.workers = 2});

  CHECK(pool.map(shout, {"a", "", "ccc"}).collect() == std::vector<std::string>{"a!", "!", "ccc!"});
  CHECK(pool.map(shout, std::vector<const char*>{"x"}).collect() == std::vector<std::string>{"x!"});
  const std::vector<std::byte> bytes{std::byte{1}, std::byte{0}};
  CHECK(pool.map(reverse, {bytes}).collect().front() ==
        std::vector<std::byte>{std::byte{0}, std::byte{1}});
  const auto sums =
      pool.map(sum, {{std::vector{1.0, 2.0}, true}, {std::vector<double>(), false}}).collect();
  CHECK(sums == std::vector<std::tuple<double, std::int64_t>>{{6.0, 2}, {0.0, 0}});
  const std::vector<bool> flags{true, false, true};
  CHECK(pool.map(negate, flags).collect() == std::vector<bool>{false, true, false});
  CHECK(pool.map(nothing, {1, 2}).collect().size() == 2);
  for (Outcome<void>& outcome : pool.map(nothing, {1}).outcomes()) {
    CHECK(outcome);
    outcome.value();
  }
}

TEST_CASE("an input may be empty") {
  MapFixture f;
  Pool pool(f.registry, {.workers = 1});
  CHECK(pool.map(f.square, Integers{}).collect().empty());
  CHECK(pool.map(f.shout, std::list<std::string>{}).collect().empty());
  for (auto& outcome : pool.map(f.square, std::views::empty<int>).outcomes()) {
    FAIL("an outcome of no item: " << outcome.index());
  }
}

TEST_CASE("single-pass and move-only inputs are read once, and not ahead of need") {
  MapFixture f;
  Pool pool(f.registry, {.workers = 2});
  std::istringstream stream("1 2 3");
  CHECK(pool.map(f.square, std::views::istream<int>(stream)).collect() == Integers{1, 4, 9});

  int read = 0;
  auto odd = Integers{1, 2, 3, 4, 5} | std::views::filter([](auto x) { return x % 2 == 1; }) |
             std::views::transform([&read](auto x) { return ++read, x + 1; });
  CHECK(pool.map(f.square, std::move(odd)).collect() == Integers{4, 16, 36});
  CHECK(read == 3);
}

TEST_CASE("an endless input is fed only as far as the bound") {
  MapFixture f;
  Pool pool(f.registry, {.workers = 2});
  std::int64_t read = 0;
  {
    auto squares = pool.map(f.square, std::views::iota(std::int64_t{0}) |
                                          std::views::transform([&](auto x) { return ++read, x; }));
    std::int64_t expected = 0;
    for (const std::int64_t value : squares | std::views::take(1000)) {
      CHECK(value == expected * expected);
      ++expected;
    }
    CHECK(expected == 1000);
  }
  CHECK(read >= 1000);
  CHECK(pool.map(f.square, {7}).collect() == Integers{49});
}

TEST_CASE("a map may feed another map of the same pool") {
  MapFixture f;
  Pool pool(f.registry, {.workers = 2});
  Integers items(5000);
  std::iota(items.begin(), items.end(), 0);
  const Integers fourth = pool.map(f.square, pool.map(f.square, items)).collect();
  REQUIRE(fourth.size() == items.size());
  for (const std::int64_t i : {0, 1, 2, 4999}) {
    CHECK(fourth[static_cast<std::size_t>(i)] == i * i * i * i);
  }
}

TEST_CASE("what an input iterator throws comes out after the results before it") {
  MapFixture f;
  Pool pool(f.registry, {.workers = 2});
  auto items = std::views::iota(0) | std::views::transform([](int x) {
                 if (x == 50) throw std::domain_error("no fifty");
                 return x;
               });
  auto squares = pool.map(f.square, items, {.chunk = 8});
  Integers seen;
  const auto read_all = [&] {
    for (const std::int64_t value : squares) seen.push_back(value);
  };
  CHECK_THROWS_AS(read_all(), std::domain_error);
  CHECK(seen.size() == 50);
  CHECK(pool.map(f.square, {2}).collect() == Integers{4});
}

TEST_CASE("the first failed item throws, its map ends, the pool lives") {
  MapFixture f;
  Pool pool(f.registry, {.workers = 2});
  Integers seen;
  auto values = pool.map(f.no_three, {1, 2, 3, 4});
  const auto read_all = [&] {
    for (const std::int64_t value : values) seen.push_back(value);
  };
  try {
    read_all();
    FAIL("nothing was thrown");
  } catch (const ItemFailed& failed) {
    CHECK(failed.error().index == 2);
    CHECK(failed.error().kind == ErrorKind::function_error);
    CHECK(failed.error().function == "no_three");
    CHECK(std::string(failed.what()).find("three is not allowed") != std::string::npos);
  }
  CHECK(seen == Integers{1, 2});
  read_all();
  CHECK(seen.size() == 2);
  CHECK_THROWS_AS(pool.map(f.no_three, {3}).collect(), ItemFailed);
  CHECK(pool.map(f.no_three, {5}).collect() == Integers{5});
}

TEST_CASE("outcomes hold a value or an error for each item") {
  MapFixture f;
  Pool pool(f.registry, {.workers = 2});
  std::size_t index = 0;
  for (auto& outcome : pool.map(f.no_three, {1, 3, 5, 3}, {.chunk = 2}).outcomes()) {
    CHECK(outcome.index() == index);
    CHECK(static_cast<bool>(outcome) == (index % 2 == 0));
    if (!outcome) {
      CHECK(outcome.error().index == index);
      CHECK(describe(outcome.error())
                .starts_with("item " + std::to_string(index) + ": FunctionError: "));
      CHECK_THROWS_AS(outcome.value(), ItemFailed);
    }
    ++index;
  }
  CHECK(index == 4);
}

TEST_CASE("unordered results carry the indices of their items") {
  MapFixture f;
  Pool pool(f.registry, {.workers = 2});
  Integers items(2000);
  std::iota(items.begin(), items.end(), 0);
  std::vector<bool> seen(items.size());
  for (const auto& [index, value] : pool.map(f.square, items).unordered()) {
    CHECK(value == items[index] * items[index]);
    CHECK_FALSE(seen[index]);
    seen[index] = true;
  }
  CHECK(std::ranges::count(seen, true) == 2000);

  std::size_t failed = 0;
  std::size_t all = 0;
  for (auto& outcome : pool.map(f.no_three, items).unordered_outcomes()) {
    ++all;
    if (!outcome) {
      ++failed;
      CHECK(outcome.index() == 3);
    }
  }
  CHECK(all == 2000);
  CHECK(failed == 1);
}

TEST_CASE("a slow item holds up nothing that is read unordered") {
  Registry registry;
  SharedCounter read;
  const auto sleep_if_zero = registry.add("sleep_if_zero", [&read](std::int64_t x) {
    while (x == 0 && *read < 3) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return x;
  });
  Pool pool(registry, {.workers = 2});
  std::vector<std::size_t> order;
  for (auto& entry : pool.map(sleep_if_zero, {0, 1, 2, 3}, {.chunk = 1}).unordered()) {
    order.push_back(entry.index);
    ++*read;
  }
  REQUIRE(order.size() == 4);
  CHECK(order.front() != 0);
  CHECK(order.back() == 0);
}

TEST_CASE("collect() after some were read gives the rest") {
  MapFixture f;
  Pool pool(f.registry, {.workers = 1});
  auto squares = pool.map(f.square, {1, 2, 3, 4}, {.chunk = 3});
  auto at = squares.begin();
  CHECK(*at == 1);
  ++at;
  CHECK(*at == 4);
  CHECK(std::move(squares).collect() == Integers{4, 9, 16});
}

TEST_CASE("options that can never work, and functions of another registry, are refused") {
  MapFixture f;
  MapFixture other;
  CHECK_THROWS_AS(Pool(f.registry, {.workers = 1, .timeout = std::chrono::seconds(-1)}),
                  InvalidOption);
  Pool pool(f.registry, {.workers = 1});
  CHECK_THROWS_AS((void)pool.map(f.square, {1}, {.timeout = std::chrono::seconds(-1)}),
                  InvalidOption);
  CHECK_THROWS_AS((void)pool.map(f.square, {1}, {.timeout_percent = 50}), InvalidOption);
  CHECK_THROWS_AS((void)pool.map(other.square, {1}), InvalidOption);
  CHECK_THROWS_AS((void)pool.submit(other.square, 1), InvalidOption);
}

TEST_CASE("a function may call another one by its handle, hooks and parameters included") {
  Registry registry;
  registry.load(std::string(FORKMAP_TEST_PLUGIN_DIR) + "/preload_parameter.so");
  const auto value = registry.function<std::string(std::int64_t)>("kept_value");
  const auto calls = registry.add("calls", [value](std::int64_t x) { return value(x); });
  Pool pool(registry, {.workers = 1, .parameters = {{"calibration", "run7"}}});
  CHECK(pool.map(calls, {1}).collect() == std::vector<std::string>{"run7"});
  CHECK_THROWS_AS(value(1), NotPrepared);  // here, in the host, no hook has run
}
