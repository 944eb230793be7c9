// SPDX-License-Identifier: Apache-2.0
//
// Memory, age, priority and cores of workers.
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <forkmap/error.hpp>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "tests/catch.hpp"
#include "tests/pool/engine_team.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

namespace {

constexpr std::size_t kMegabyte = std::size_t{1} << 20U;

#if !defined(FORKMAP_SANITIZED)
// Takes so many MiB, touches them and lets them go.
std::int64_t use_megabytes(std::int64_t count) {
  const std::vector<char> bytes(static_cast<std::size_t>(count) * kMegabyte, 'x');
  const volatile char* const seen = bytes.data();  // so that nothing is optimized away
  return *seen == 'x' ? count : -1;
}
#endif

// Where a compiler cannot know that nobody looks at it.
char* volatile leaked = nullptr;

// Leaks 4 MiB; the pid.
std::int64_t leak(std::int64_t) {
  auto* const bytes = static_cast<char*>(std::malloc(4 * kMegabyte));
  std::memset(bytes, 1, 4 * kMegabyte);
  leaked = bytes;
  return ::getpid();
}

std::int64_t core_of(std::int64_t) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) != 1) return -1;
  for (std::size_t core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) return static_cast<std::int64_t>(core);
  }
  return -1;
}

std::set<std::int64_t> values_of(const Outcomes& outcomes) {
  std::set<std::int64_t> values;
  for (const auto& [position, value] : outcomes.values) values.insert(value);
  return values;
}

}  // namespace

#if !defined(FORKMAP_SANITIZED)  // which ends a process that is refused memory
TEST_CASE("a worker that asks for more than its memory limit is refused, and goes on") {
  Registry registry;
  registry.add("use", use_megabytes);
  pool::Engine engine(registry.table(), {.workers = 1, .memory = 64 * kMegabyte});
  const Outcomes fits = read_all(*open_integers(engine, registry, "use", 30, 1));
  CHECK(fits.values.size() == 1);
  const Outcomes outcomes = read_all(*open_integers(engine, registry, "use", 100, 3));
  REQUIRE(outcomes.errors.size() == 3);
  const ItemError& error = outcomes.errors.at(0);
  CHECK(error.kind == ErrorKind::function_error);
  CHECK_THAT(error.message, Catch::Matchers::Contains("std::bad_alloc"));
  CHECK_THAT(error.message, Catch::Matchers::Contains("67108864 bytes"));
  CHECK(read_all(*open_integers(engine, registry, "use", 30, 1)).values.size() == 1);
  CHECK(engine.workers().at(0).respawns == 0);
}

TEST_CASE("the limit is on growth: what the host had before the fork does not count") {
  Registry registry;
  registry.add("use", use_megabytes);
  const std::vector<char> ballast(200 * kMegabyte, 'x');
  pool::Engine engine(registry.table(), {.workers = 1, .memory = 64 * kMegabyte});
  CHECK(read_all(*open_integers(engine, registry, "use", 30, 1)).values.size() == 1);
  CHECK(read_all(*open_integers(engine, registry, "use", 100, 1)).errors.size() == 1);
  CHECK(ballast.back() == 'x');
}

TEST_CASE("without a limit a worker may have what the system has") {
  Registry registry;
  registry.add("use", use_megabytes);
  pool::Engine engine(registry.table(), {.workers = 1});
  CHECK(read_all(*open_integers(engine, registry, "use", 100, 1)).values.size() == 1);
}

TEST_CASE("a function that does not look at what it got dies, and is told with its signal") {
  Registry registry;
  registry.add("careless", [](std::int64_t count) {
    auto* const bytes =
        static_cast<char*>(std::malloc(static_cast<std::size_t>(count) * kMegabyte));
    std::memset(bytes, 1, static_cast<std::size_t>(count) * kMegabyte);
    const std::int64_t value = bytes[5];
    std::free(bytes);
    return value;
  });
  pool::Engine engine(registry.table(), {.workers = 1, .retries = 0, .memory = 64 * kMegabyte});
  const Outcomes outcomes = read_all(*open_integers(engine, registry, "careless", 100, 1));
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.at(0).kind == ErrorKind::worker_died);
  CHECK(read_all(*open_integers(engine, registry, "careless", 10, 1)).values.size() == 1);
}

#endif

TEST_CASE("a worker whose memory has grown is replaced between items, and no item is lost") {
  Registry registry;
  registry.add("leak", leak);
  // More than the limit, and it does not count: the workers have it from the fork.
  const std::vector<char> ballast(100 * kMegabyte, 'x');
  const int workers = GENERATE(1, 2);
  pool::Engine engine(registry.table(),
                      {.workers = workers, .recycle_after_growth = 40 * kMegabyte});
  const Outcomes outcomes =
      read_all(*open_integers(engine, registry, "leak", 0, 100, {.chunk = 1}));
  CHECK(outcomes.values.size() == 100);
  CHECK(outcomes.errors.empty());
  // 400 MiB in all.
  CHECK(values_of(outcomes).size() > static_cast<std::size_t>(workers));
  CHECK(ballast.back() == 'x');
}

TEST_CASE("a worker whose memory does not grow is not replaced, whatever it was forked with") {
  Registry registry;
  registry.add("pid", [](std::int64_t) {
    std::this_thread::sleep_for(10ms);
    return std::int64_t{::getpid()};
  });
  const std::vector<char> ballast(100 * kMegabyte, 'x');
  pool::Engine engine(registry.table(), {.workers = 1, .recycle_after_growth = 40 * kMegabyte});
  const Outcomes outcomes = read_all(*open_integers(engine, registry, "pid", 0, 50));
  CHECK(values_of(outcomes).size() == 1);
  CHECK(ballast.back() == 'x');
}

TEST_CASE("limits beyond all that a machine can have are none") {
  Registry registry;
  registry.add("leak", leak);
  pool::Engine engine(registry.table(),
                      {.workers = 1, .recycle_after_growth = SIZE_MAX, .memory = SIZE_MAX});
  const Outcomes outcomes = read_all(*open_integers(engine, registry, "leak", 0, 30, {.chunk = 1}));
  CHECK(outcomes.values.size() == 30);
  CHECK(engine.workers().at(0).respawns == 0);
}

TEST_CASE("a worker that is old enough is replaced between items") {
  Registry registry;
  registry.add("pid", [](std::int64_t) {
    std::this_thread::sleep_for(20ms);
    return std::int64_t{::getpid()};
  });
  pool::Engine engine(registry.table(), {.workers = 1, .recycle_after_age = 100ms});
  const Outcomes outcomes = read_all(*open_integers(engine, registry, "pid", 0, 50, {.chunk = 1}));
  CHECK(outcomes.values.size() == 50);
  CHECK(values_of(outcomes).size() >= 2);
  CHECK(engine.workers().at(0).respawns >= 1);
}

TEST_CASE("a worker that somebody kills is not said to have wanted memory") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 1, .retries = 0});
  const Outcomes outcomes = read_all(*open_integers(engine, registry, "kill_self_on_three", 3, 1));
  REQUIRE(outcomes.errors.size() == 1);
  CHECK_THAT(outcomes.errors.at(0).message, !Catch::Matchers::Contains("out of memory"));
}

TEST_CASE("workers have a lower priority by as many steps as asked for") {
  Registry registry;
  registry.add("priority",
               [](std::int64_t) { return std::int64_t{::getpriority(PRIO_PROCESS, 0)}; });
  const int before = ::getpriority(PRIO_PROCESS, 0);
  pool::Engine engine(registry.table(), {.workers = 2, .nice = 5});
  const Outcomes outcomes = read_all(*open_integers(engine, registry, "priority", 0, 10));
  CHECK(values_of(outcomes) == std::set<std::int64_t>{std::min(19, before + 5)});
  CHECK(::getpriority(PRIO_PROCESS, 0) == before);
}

TEST_CASE("each worker has one core, and two have two where there are two") {
  Registry registry;
  registry.add("core", [](std::int64_t x) {
    std::this_thread::sleep_for(20ms);
    return core_of(x);
  });
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  REQUIRE(::sched_getaffinity(0, sizeof allowed, &allowed) == 0);
  const auto cores = static_cast<std::size_t>(CPU_COUNT(&allowed));
  pool::Engine engine(registry.table(), {.workers = 2, .pin = true});
  const std::set<std::int64_t> seen =
      values_of(read_all(*open_integers(engine, registry, "core", 0, 40, {.chunk = 1})));
  CHECK(seen.size() == std::min<std::size_t>(2, cores));
  CHECK_FALSE(seen.contains(-1));
  for (const std::int64_t core : seen) {
    CHECK(CPU_ISSET(static_cast<std::size_t>(core), &allowed));
  }
  // A replacement has its predecessor's core.
  REQUIRE(engine.signal_worker(0, SIGKILL));
  while (engine.workers().at(0).respawns == 0 ||
         engine.workers().at(0).state != WorkerState::idle) {
    engine.wait_step(10ms);
  }
  const std::set<std::int64_t> again =
      values_of(read_all(*open_integers(engine, registry, "core", 0, 40, {.chunk = 1})));
  CHECK(again == seen);
}

TEST_CASE("more workers than cores share them") {
  Registry registry;
  registry.add("core", core_of);
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  REQUIRE(::sched_getaffinity(0, sizeof allowed, &allowed) == 0);
  pool::Engine engine(registry.table(), {.workers = CPU_COUNT(&allowed) + 1, .pin = true});
  CHECK_FALSE(values_of(read_all(*open_integers(engine, registry, "core", 0, 100))).contains(-1));
}

TEST_CASE("limits that can never be are refused") {
  const Registry registry;
  CHECK_THROWS_AS(pool::Engine(registry.table(), {.workers = 1, .memory = 4096}), InvalidOption);
  CHECK_THROWS_AS(pool::Engine(registry.table(), {.workers = 1, .nice = 20}), InvalidOption);
  CHECK_THROWS_AS(pool::Engine(registry.table(), {.workers = 1, .nice = -1}), InvalidOption);
  CHECK_THROWS_AS(pool::Engine(registry.table(), {.workers = 1, .recycle_after_age = -1s}),
                  InvalidOption);
}

}  // namespace forkmap::testing
