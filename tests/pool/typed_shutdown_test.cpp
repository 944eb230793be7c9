// SPDX-License-Identifier: Apache-2.0
//
// Pending::finish means finish: whatever a map waits for, its functions run for all its items.
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <forkmap/forkmap.hpp>
#include <ranges>
#include <string>
#include <thread>
#include <vector>

#include "tests/catch.hpp"
#include "tests/pool/shared_counter.hpp"

using namespace forkmap;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  Registry registry;
  SharedCounter runs;
  Function<std::string(std::int64_t)> count =
      registry.add("count", [this](std::int64_t size_bytes) {
        runs->fetch_add(1);
        return std::string(static_cast<std::size_t>(size_bytes), 'x');
      });
  Function<std::string(std::string_view)> same =
      registry.add("same", [this](std::string_view text) {
        runs->fetch_add(1);
        return std::string(text);
      });
};

// So many items that say how long a result they want.
auto sizes(int count, std::int64_t size_bytes) {
  return std::views::iota(0, count) |
         std::views::transform([size_bytes](int /*item*/) { return size_bytes; });
}

}  // namespace

TEST_CASE("shutdown() waits for workers that are slow to come") {
  ::alarm(120);  // a watchdog
  Fixture f;
  Pool pool(f.registry, {.workers = 1, .recycle_after_items = 1, .worker_start = [] {
                           std::this_thread::sleep_for(300ms);
                         }});
  const auto map = pool.map(f.count, sizes(4, 1));
  pool.shutdown(Pending::finish);
  CHECK(f.runs->load() == 4);
  ::alarm(0);
}

TEST_CASE("shutdown() finishes maps that nobody reads, whatever bounds what is unread") {
  ::alarm(120);
  Fixture f;
  SECTION("the number of batches") {
    Pool pool(f.registry, {.workers = 1});
    const auto map = pool.map(f.count, sizes(10'000, 1), {.chunk = 1});
    pool.shutdown();
    CHECK(f.runs->load() == 10'000);
  }
  SECTION("the bytes of one map") {
    Pool pool(f.registry, {.workers = 2});
    const auto map = pool.map(f.count, sizes(1'000, 1 << 20), {.chunk = 10});
    pool.shutdown();
    CHECK(f.runs->load() == 1'000);
  }
  SECTION("the bytes of all maps, of which one has been read in part") {
    Pool pool(f.registry, {.workers = 2, .in_flight_bytes = 1 << 20});
    auto read = pool.map(f.count, sizes(3'000, 10'000), {.chunk = 10});
    const auto unread = pool.map(f.count, sizes(3'000, 10'000), {.chunk = 10});
    CHECK((*read.begin()).size() == 10'000);
    pool.shutdown();
    CHECK(f.runs->load() == 6'000);
    CHECK_THROWS_AS(++read.begin(), PoolClosed);
  }
  ::alarm(0);
}

TEST_CASE("shutdown() finishes a map whose items are the results of another") {
  ::alarm(120);
  Fixture f;
  Pool pool(f.registry, {.workers = 2});
  const std::size_t chunk = GENERATE(std::size_t{1}, std::size_t{16});
  constexpr int kItems = 10'000;
  auto first = pool.map(f.count, sizes(kItems, 3), {.chunk = chunk});
  auto place = first.begin();
  const auto results = std::views::iota(0, kItems) | std::views::transform([&](int item) {
                         if (item > 0) ++place;
                         return *place;
                       });
  const auto second = pool.map(f.same, results, {.chunk = chunk});
  pool.shutdown();
  CHECK(f.runs->load() == 2 * kItems);
  ::alarm(0);
}

TEST_CASE("shutdown() finishes maps that item sources open meanwhile") {
  ::alarm(120);
  Fixture f;
  Pool pool(f.registry, {.workers = 1});
  std::vector<MapResult<std::string>> inner;
  const auto items = std::views::iota(0, 500) | std::views::transform([&](int item) {
                       if (item == 499) {
                         inner.push_back(pool.map(f.count, sizes(1'000, 1), {.chunk = 1}));
                       }
                       return std::int64_t{1};
                     });
  const auto outer = pool.map(f.count, items, {.chunk = 1});
  pool.shutdown();
  CHECK(f.runs->load() == 1'500);
  ::alarm(0);
}
