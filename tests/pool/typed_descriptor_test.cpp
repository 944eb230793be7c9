// SPDX-License-Identifier: Apache-2.0
//
// Pool::fd() in somebody's poll loop, whatever else the program calls.
#include <poll.h>

#include <chrono>
#include <cstdint>
#include <forkmap/forkmap.hpp>
#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/catch.hpp"

using namespace forkmap;
using namespace std::chrono_literals;

namespace {

constexpr int kWatchdog_ms = 20'000;

struct DescriptorFixture {
  Registry registry;
  Function<long(long)> square = registry.add("square", [](long x) { return x * x; });
  Function<long(long)> slow = registry.add("slow", [](long x) {
    std::this_thread::sleep_for(20ms);
    return x;
  });
};

// A loop as programs have one: sleeps until the descriptor is readable, then advances.
void loop_until(Pool& pool, const std::function<bool()>& done) {
  while (!done()) {
    pollfd ready{pool.fd(), POLLIN, 0};
    REQUIRE(::poll(&ready, 1, kWatchdog_ms) == 1);
    pool.advance();
  }
}

}  // namespace

TEST_CASE("the descriptor tells of a submitted item, whatever was called before") {
  DescriptorFixture f;
  Pool pool(f.registry, {.workers = 2});
  const std::vector<std::function<void()>> calls = {
      [&] { CHECK(pool.submit(f.square, 2).get() == 4); },
      [&] { CHECK(pool.map(f.square, {1, 2, 3}).collect().size() == 3); },
      [&] {
        const std::vector<Future<long>> none;
        CHECK(wait(none, WaitFor::all) == 0);
      },
      [&] {
        std::vector<Future<long>> some;
        some.push_back(pool.submit(f.slow, 3));
        CHECK(wait(some, WaitFor::all) == 1);
      },
      [&] { (void)pool.submit(f.slow, 3).wait_for(1ns); },
      [&] { (void)pool.workers(); },
      [&] { pool.resize(3); },
      [&] { pool.refork(); },
      [&] {
        auto map = pool.map(f.square, {1, 2, 3});
        CHECK(*map.begin() == 1);
      },
  };
  const bool is_asked_first = GENERATE(false, true);
  if (is_asked_first) (void)pool.fd();
  for (std::size_t call = 0; call < calls.size(); ++call) {
    CAPTURE(call);
    calls[call]();
    bool is_done = false;
    auto future = pool.submit(f.slow, 5);
    future.on_done([&](const Outcome<long>&) { is_done = true; });
    loop_until(pool, [&] { return is_done; });
    CHECK(future.get() == 5);
  }
}

TEST_CASE("the descriptor tells of what began before it was asked for, also in another thread") {
  DescriptorFixture f;
  Pool pool(f.registry, {.workers = 1});
  bool is_done = false;
  pool.submit(f.slow, 5).on_done([&](const Outcome<long>&) { is_done = true; });
  while (!is_done) {
    int found = 0;
    std::thread([&] {
      pollfd ready{pool.fd(), POLLIN, 0};
      found = ::poll(&ready, 1, kWatchdog_ms);
    }).join();
    REQUIRE(found == 1);
    pool.advance();
  }
}

TEST_CASE("the descriptor is not readable for ever where there is nothing to do") {
  DescriptorFixture f;
  Pool pool(f.registry, {.workers = 2});
  (void)pool.fd();
  CHECK(pool.submit(f.square, 3).get() == 9);
  // A worker may have rung after its result was found; that is one look.
  pollfd ready{pool.fd(), POLLIN, 0};
  int looks = 0;
  while (::poll(&ready, 1, 0) == 1 && looks < 100) {
    pool.advance();
    ++looks;
  }
  CHECK(looks < 100);
}

TEST_CASE("the descriptor tells of callbacks that are due") {
  DescriptorFixture f;
  Pool pool(f.registry, {.workers = 1});
  (void)pool.fd();
  auto first = pool.submit(f.slow, 1);
  int calls = 0;
  std::vector<Future<long>> others;
  for (int i = 0; i < 8; ++i) {
    others.push_back(pool.submit(f.slow, i));
    others.back().on_done([&](const Outcome<long>&) { ++calls; });
  }
  for (const auto& future : others) future.cancel();
  loop_until(pool, [&] { return calls == 8; });
  CHECK(first.get() == 1);
  first.on_done([&](const Outcome<long>&) { ++calls; });  // of one that is done
  loop_until(pool, [&] { return calls == 9; });
  // What is behind one that throws is due still.
  first.on_done([](const Outcome<long>&) { throw std::runtime_error("told"); });
  first.on_done([&](const Outcome<long>&) { ++calls; });
  CHECK_THROWS_WITH(pool.advance(), "told");
  loop_until(pool, [&] { return calls == 10; });
}

TEST_CASE("the descriptor tells of a map that goes on while nobody is inside the pool") {
  DescriptorFixture f;
  Pool pool(f.registry, {.workers = 2});
  std::size_t given = 0;
  std::vector<long> items(200'000);
  auto counted = items | std::views::transform([&given](long x) {
                   ++given;
                   return x;
                 });
  auto map = pool.map(f.square, counted, {.chunk = 64});
  // Nobody reads it, so it stops being fed; what was read of it is made good in the loop.
  loop_until(pool, [&] { return given >= 64; });
  auto next = map.begin();
  for (int i = 0; i < 1000; ++i) ++next;
  const std::size_t before = given;
  CHECK(before < items.size());
  std::size_t read = 1000;
  for (; next != map.end(); ++next) ++read;
  CHECK(read == items.size());
}
