// SPDX-License-Identifier: Apache-2.0
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <forkmap/forkmap.hpp>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/catch.hpp"
#include "tests/pool/shared_counter.hpp"

using namespace forkmap;
using Integers = std::vector<std::int64_t>;

namespace {

struct LifetimeFixture {
  Registry registry;
  SharedCounter runs;
  Function<std::int64_t(std::int64_t)> square =
      registry.add("square", [](std::int64_t x) { return x * x; });
  Function<std::int64_t(std::int64_t)> sleep_ms = registry.add("sleep_ms", [this](std::int64_t ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    runs->fetch_add(1);
    return ms;
  });
};

}  // namespace

TEST_CASE("results and futures used after the pool say to collect them while it lives") {
  LifetimeFixture f;
  std::optional<Pool> pool(std::in_place, f.registry, PoolOptions{.workers = 1});
  auto squares = pool->map(f.square, {1, 2, 3});
  auto begun = pool->map(f.square, {1, 2, 3}, {.chunk = 3});
  CHECK(*begun.begin() == 1);
  auto outcomes = pool->map(f.square, {1}).outcomes();
  const auto future = pool->submit(f.square, 4);
  CHECK(future.get() == 16);
  std::vector<Future<std::int64_t>> futures;
  futures.push_back(pool->submit(f.square, 5));
  auto places = as_completed(futures);
  pool.reset();

  CHECK_THROWS_WITH(std::move(squares).collect(),
                    "the pool is gone; collect() the results while it lives");
  CHECK_THROWS_AS((void)(begun.begin() == begun.end()), PoolClosed);
  CHECK_THROWS_AS((void)*begun.begin(), PoolClosed);
  CHECK_THROWS_AS((void)*outcomes.begin(), PoolClosed);
  CHECK_THROWS_AS((void)future.get(), PoolClosed);
  CHECK_THROWS_AS((void)future.done(), PoolClosed);
  CHECK_THROWS_AS((void)as_completed(futures), PoolClosed);
  CHECK_THROWS_AS((void)wait(futures, WaitFor::all), PoolClosed);
}

TEST_CASE("after shutdown() a pool does nothing more, and submitted items have run") {
  LifetimeFixture f;
  Pool pool(f.registry, {.workers = 2});
  for (int i = 0; i < 10; ++i) (void)pool.submit(f.sleep_ms, 1);
  auto squares = pool.map(f.square, {1});
  const Generation generation = pool.generation();
  pool.shutdown();
  CHECK(*f.runs == 10);
  CHECK_THROWS_AS(std::move(squares).collect(), PoolClosed);
  CHECK_THROWS_AS((void)pool.map(f.square, {1}), PoolClosed);
  CHECK_THROWS_AS((void)pool.submit(f.square, 1), PoolClosed);
  CHECK_THROWS_AS((void)pool.array<double>(1), PoolClosed);
  CHECK_THROWS_AS(pool.advance(), PoolClosed);
  CHECK(pool.generation() == generation);
}

TEST_CASE("shutdown(Pending::cancel) runs no item that was waiting") {
  LifetimeFixture f;
  Pool pool(f.registry, {.workers = 1});
  int cancelled = 0;
  for (int i = 0; i < 100; ++i) {
    pool.submit(f.sleep_ms, 60'000).on_done([&](const Outcome<std::int64_t>& outcome) {
      if (!outcome && outcome.error().kind == ErrorKind::cancelled) ++cancelled;
    });
  }
  pool.shutdown(Pending::cancel);
  CHECK(cancelled == 100);
  CHECK(*f.runs == 0);
}

TEST_CASE("the destructor lets submitted items finish, their callbacks too, and cancels maps") {
  LifetimeFixture f;
  int calls = 0;
  std::unique_ptr<MapResult<std::int64_t>> slow;  // still there when the pool goes
  {
    Pool pool(f.registry, {.workers = 1});
    slow = std::make_unique<MapResult<std::int64_t>>(
        pool.map(f.sleep_ms, std::vector<int>(1000, 60'000)));
    for (int i = 0; i < 5; ++i) {
      pool.submit(f.sleep_ms, 1).on_done([&](const Outcome<std::int64_t>& outcome) {
        CHECK(outcome);
        if (++calls == 2) throw std::domain_error("swallowed: a destructor has nobody to tell");
      });
    }
  }
  CHECK(calls == 5);
  CHECK(*f.runs == 5);
}

TEST_CASE("nothing is read from the items of a map once its pool is going") {
  LifetimeFixture f;
  auto items = std::make_unique<Integers>(100'000, 3);
  Pool pool(f.registry, {.workers = 1});
  auto squares = pool.map(f.square, *items, {.chunk = 1});
  for (int i = 0; i < 20; ++i) (void)pool.submit(f.sleep_ms, 1);
  squares = pool.map(f.square, {1});  // cancels the first
  items.reset();
  CHECK(std::move(squares).collect() == Integers{1});
}

TEST_CASE("while an exception unwinds, the destructor waits for nothing") {
  LifetimeFixture f;
  const auto unwind = [&] {
    Pool pool(f.registry, {.workers = 1});
    (void)pool.submit(f.sleep_ms, 60'000);
    auto slow = pool.map(f.sleep_ms, {60'000, 60'000});
    throw std::domain_error("mine");
  };
  CHECK_THROWS_AS(unwind(), std::domain_error);
  CHECK(*f.runs == 0);
}

TEST_CASE("a pool made while an exception unwinds finishes what was submitted to it") {
  LifetimeFixture f;
  struct OnTheWay {
    LifetimeFixture& fixture;
    ~OnTheWay() {
      Pool pool(fixture.registry, {.workers = 1});
      (void)pool.submit(fixture.sleep_ms, 1);
    }
  };
  const auto unwind = [&] {
    const OnTheWay on_the_way{f};
    throw std::domain_error("mine");
  };
  CHECK_THROWS_AS(unwind(), std::domain_error);
  CHECK(*f.runs == 1);
}

TEST_CASE("another thread may use nothing of a pool but fd() and generation()") {
  LifetimeFixture f;
  Pool pool(f.registry, {.workers = 1});
  auto squares = pool.map(f.square, {1, 2});
  auto future = pool.submit(f.square, 2);
  int refused = 0;
  std::thread([&] {
    const auto expect_refusal = [&](auto&& call) {
      try {
        call();
      } catch (const WrongThread&) {
        ++refused;
      }
    };
    expect_refusal([&] { (void)pool.map(f.square, {1}); });
    expect_refusal([&] { (void)pool.submit(f.square, 1); });
    expect_refusal([&] { (void)pool.array<double>(1); });
    expect_refusal([&] { (void)pool.advance(); });
    expect_refusal([&] { (void)pool.workers(); });
    expect_refusal([&] { pool.refork(); });
    expect_refusal([&] { pool.shutdown(); });
    expect_refusal([&] { (void)future.get(); });
    expect_refusal([&] { (void)(squares.begin() == squares.end()); });
    expect_refusal([&] { (void)std::move(squares).unordered(); });
    expect_refusal([&] { (void)as_completed(std::span(&future, 1)); });
    (void)pool.fd();
    (void)pool.generation();
  }).join();
  CHECK(refused == 11);
  CHECK(std::move(squares).collect() == Integers{1, 4});
  CHECK(future.get() == 4);
}

TEST_CASE("a forked child may drop everything of a pool without harm") {
  LifetimeFixture f;
  std::optional<Pool> pool(std::in_place, f.registry, PoolOptions{.workers = 1});
  auto squares = std::make_optional(
      pool->map(f.square, std::views::iota(std::int64_t{0}, std::int64_t{1000})));
  auto array = pool->array<double>(100'000);
  array[50'000] = 5;
  const auto future = pool->submit(f.square, 3);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int status = 0;
    try {
      (void)pool->map(f.square, {1});
      status = 1;
    } catch (const WrongThread&) {
      squares.reset();
      pool.reset();
      array = {};
    }
    ::_exit(status);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(array[50'000] == 5);
  CHECK(std::move(*squares).collect().size() == 1000);
  CHECK(future.get() == 9);
}

TEST_CASE("a function newer than the pool is stale in it, until it is reforked") {
  LifetimeFixture f;
  Pool old(f.registry, {.workers = 2});
  const auto cube = f.registry.add("cube", [](std::int64_t x) { return x * x * x; });
  Pool fresh(f.registry, {.workers = 2});
  std::size_t stale = 0;
  for (auto& outcome : old.map(cube, {1, 2, 3}).outcomes()) {
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == ErrorKind::stale_registry);
    CHECK(outcome.error().needed == f.registry.generation());
    CHECK(outcome.error().held == old.generation());
    ++stale;
  }
  CHECK(stale == 3);
  CHECK_THROWS_AS(old.map(cube, {1}).collect(), ItemFailed);
  CHECK_THROWS_AS(old.submit(cube, 1).get(), ItemFailed);
  CHECK(old.map(f.square, {2}).collect() == Integers{4});
  CHECK(fresh.map(cube, {1, 2, 3}).collect() == Integers{1, 8, 27});
  old.refork();
  CHECK(old.map(cube, {1, 2, 3}).collect() == Integers{1, 8, 27});

  Pool healing(f.registry, {.workers = 1, .on_stale = OnStale::refork});
  const auto fourth = f.registry.add("fourth", [](std::int64_t x) { return x * x * x * x; });
  CHECK(healing.map(fourth, {1, 2}).collect() == Integers{1, 16});
}

TEST_CASE("pools work side by side, a map of one feeding a map of the other") {
  LifetimeFixture f;
  Pool first(f.registry, {.workers = 1});
  Pool second(f.registry, {.workers = 2});
  CHECK(second.map(f.square, first.map(f.square, {1, 2, 3})).collect() == Integers{1, 16, 81});
  auto left = first.map(f.square, {1, 2, 3});
  auto right = second.map(f.square, {4, 5, 6});
  for (const auto& [x, y] : zip(left, right)) CHECK(y > x);
  CHECK(first.workers().size() == 1);
  CHECK(second.workers().size() == 2);
  second.resize(1);
  CHECK(second.map(f.square, {9}).collect() == Integers{81});
}
