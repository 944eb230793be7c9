// SPDX-License-Identifier: Apache-2.0
//
// No task costs an allocation once a map is under way: neither in the host nor in a worker. This
// program counts them all. One worker: a task that is moved from a lane to another, because the
// machine has held up its worker, does cost some.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <forkmap/forkmap.hpp>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "tests/catch.hpp"

namespace {

std::atomic<std::int64_t> allocations{0};

void* counted(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);  // relaxed: a count
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);  // relaxed: a count
  return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace forkmap::testing {

namespace {

std::int64_t allocations_here(std::int64_t) {
  return allocations.load(std::memory_order_relaxed);  // relaxed: this process alone counts in it
}
double half(double x) { return x / 2; }

constexpr std::size_t kItems = 400'000;
constexpr std::size_t kWarm = 100'000;

}  // namespace

TEST_CASE("neither host nor workers allocate for a task once a map is under way") {
  const std::size_t chunk = GENERATE(std::size_t{1}, std::size_t{50}, std::size_t{0});
  CAPTURE(chunk);
  Registry registry;
  const auto count = registry.add("allocations_here", allocations_here);
  Pool pool(registry, {.workers = 1});
  const std::vector<std::int64_t> items(kItems);
  for (int warm_up = 0; warm_up < 2; ++warm_up) {
    for (const std::int64_t unused : pool.map(count, items, {.chunk = chunk})) (void)unused;
  }

  std::int64_t in_host = 0;
  std::size_t item = 0;
  std::int64_t first_seen = -1;
  std::int64_t last_seen = 0;
  for (const std::int64_t seen : pool.map(count, items, {.chunk = chunk})) {
    if (++item < kWarm) continue;
    if (item == kWarm) in_host = allocations.load(std::memory_order_relaxed);
    if (first_seen < 0) first_seen = seen;
    last_seen = std::max(last_seen, seen);
  }
  in_host = allocations.load(std::memory_order_relaxed) - in_host;
  CHECK(item == kItems);
  CHECK(in_host <= 100);  // lists that grow; there are thousands of tasks
  CHECK(last_seen - first_seen <= 4);
}

TEST_CASE("mapping arrays does not allocate for a task either") {
  Registry registry;
  const auto function = registry.add("half", half);
  Pool pool(registry, {.workers = 1});
  const std::vector<double> in(8'000'000, 3.0);
  std::vector<double> out(in.size());
  for (int warm_up = 0; warm_up < 2; ++warm_up) CHECK(pool.map_into(out, function, in).empty());
  const std::int64_t before = allocations.load(std::memory_order_relaxed);
  const auto errors = pool.map_into(out, function, in);
  const std::int64_t during = allocations.load(std::memory_order_relaxed) - before;
  CHECK(errors.empty());
  CHECK(during <= 100);  // of the map; its tasks are at least five hundred
}

}  // namespace forkmap::testing
