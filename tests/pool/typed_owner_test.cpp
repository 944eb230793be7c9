// SPDX-License-Identifier: Apache-2.0
//
// Whose a pool is: threads, and the registry that it was made from.
#if defined(FORKMAP_SANITIZED)
#include <sanitizer/lsan_interface.h>
#endif
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <forkmap/forkmap.hpp>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "tests/catch.hpp"
#include "tests/pool/error_text.hpp"

using namespace forkmap;
using namespace std::chrono_literals;

namespace {

struct OwnerFixture {
  Registry registry;
  Function<long(long)> square = registry.add("square", [](long x) { return x * x; });
};

}  // namespace

TEST_CASE("a pool that was handed over goes on in the thread that takes it over") {
  OwnerFixture f;
  Pool pool(f.registry, {.workers = 2});
  auto array = pool.array<double>(1000);
  auto future = pool.submit(f.square, 3);
  auto map = pool.map(f.square, {1, 2, 3});
  pool.hand_over();
  CHECK_THROWS_AS((void)pool.submit(f.square, 1), WrongThread);
  CHECK_THROWS_AS(pool.hand_over(), WrongThread);
  long got = 0;
  std::vector<long> squares;
  std::thread([&] {
    pool.take_over();
    pool.take_over();  // says what is so
    got = future.get() + pool.submit(f.square, 4).get();
    squares = std::move(map).collect();
    array = {};
    pool.refork();
    pool.hand_over();
  }).join();
  CHECK(got == 25);
  CHECK(squares == std::vector<long>{1, 4, 9});
  pool.take_over();
  CHECK(pool.submit(f.square, 5).get() == 25);
  bool is_refused = false;
  std::thread([&] {
    try {
      pool.take_over();
    } catch (const WrongThread&) {
      is_refused = true;
    }
  }).join();
  CHECK(is_refused);
}

TEST_CASE("a pool that was handed over is ended by whichever thread destroys it") {
  OwnerFixture f;
  auto pool = std::make_unique<Pool>(f.registry, PoolOptions{.workers = 1});
  const pid_t worker = pool->workers().front().pid;
  pool->hand_over();
  const std::string said =
      testing::error_text_of([&] { std::thread([&] { pool.reset(); }).join(); });
  CHECK(said.empty());
  CHECK(::kill(worker, 0) != 0);
}

TEST_CASE("a pool that another thread destroys says that its processes stay, and the cure") {
  OwnerFixture f;
  const std::string said = testing::error_text_of([&] {
    std::unique_ptr<Pool> pool;
    std::thread([&] {
#if defined(FORKMAP_SANITIZED)
      const __lsan::ScopedDisabler disabler;  // its processes stay, and so does what it knows
#endif
      pool = std::make_unique<Pool>(f.registry, PoolOptions{.workers = 1});
    }).join();
    pool.reset();
  });
  CHECK_THAT(said, Catch::Matchers::Contains("destroyed by another thread"));
  CHECK_THAT(said, Catch::Matchers::Contains("hand_over()"));
}

TEST_CASE("a pool cannot be handed over while one of its calls is under way") {
  OwnerFixture f;
  Pool pool(f.registry, {.workers = 1});
  const auto items = std::views::iota(0L, 10L) | std::views::transform([&](long x) {
                       if (x == 5) pool.hand_over();
                       return x;
                     });
  auto map = pool.map(f.square, items);
  CHECK_THROWS_AS(std::move(map).collect(), InvalidOption);
  CHECK(pool.submit(f.square, 5).get() == 25);
}

TEST_CASE("a registry that is destroyed before its pool is said, and nothing hangs") {
  auto registry = std::make_unique<Registry>();
  const auto square = registry->add("square", [](long x) { return x * x; });
  std::optional<Pool> pool(std::in_place, *registry, PoolOptions{.workers = 1});
  auto future = pool->submit(square, 3);
  auto map = pool->map(square, {1, 2, 3});
  CHECK(pool->submit(square, 2).get() == 4);
  registry.reset();
  const auto says_why = Catch::Matchers::Contains("the Registry of this pool has been destroyed");
  CHECK_THROWS_WITH((void)pool->submit(square, 4), says_why);
  CHECK_THROWS_WITH((void)pool->map(square, {1}), says_why);
  CHECK_THROWS_WITH(future.get(), says_why);
  CHECK_THROWS_WITH(std::move(map).collect(), says_why);
  CHECK_THROWS_WITH(pool->refork(), says_why);
  const std::string said = testing::error_text_of([&] { pool.reset(); });
  CHECK_THAT(said, Catch::Matchers::Contains("declare the Registry first"));
}
