// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <forkmap/forkmap.hpp>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/catch.hpp"
#include "tests/pool/shared_counter.hpp"

using namespace forkmap;
using namespace std::chrono_literals;

namespace {

struct FutureFixture {
  Registry registry;
  SharedCounter runs;
  SharedCounter gate;
  // Waits for the test, not for a time: until the gate is at x.
  Function<std::int64_t(std::int64_t)> hold = registry.add("hold", [this](std::int64_t x) {
    while (*gate < x) std::this_thread::sleep_for(1ms);
    return x;
  });
  Function<std::int64_t(std::int64_t)> sleep_ms = registry.add("sleep_ms", [this](std::int64_t ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    runs->fetch_add(1);
    return ms;
  });
  Function<std::int64_t(std::int64_t)> no_three = registry.add("no_three", [](std::int64_t x) {
    if (x == 3) throw std::runtime_error("three is not allowed");
    return x;
  });
  Function<std::uint64_t(std::int64_t)> index =
      registry.add("index", [](std::int64_t) { return item_index(); });
  Function<void(std::string_view)> nothing = registry.add("nothing", [](std::string_view) {});
};

}  // namespace

TEST_CASE("a future gives its result, as often as it is asked") {
  FutureFixture f;
  Pool pool(f.registry, {.workers = 2});
  const auto future = pool.submit(f.no_three, 5);
  CHECK(future.get() == 5);
  CHECK(future.get() == 5);
  CHECK(future.done());
  CHECK(future.outcome().value() == 5);
  const auto failed = pool.submit(f.no_three, 3);
  CHECK_THROWS_AS(failed.get(), ItemFailed);
  CHECK(failed.outcome().error().kind == ErrorKind::function_error);
  const auto none = pool.submit(f.nothing, "text");
  none.get();
  CHECK(none.outcome());
}

TEST_CASE("submitted items are counted per pool") {
  FutureFixture f;
  Pool pool(f.registry, {.workers = 2});
  (void)pool.submit(f.no_three, 1);
  const auto second = pool.submit(f.index, 0);
  const auto third = pool.submit(f.index, 0);
  CHECK(third.get() == 2);
  CHECK(second.get() == 1);
  CHECK(third.outcome().index() == 2);
  const auto failed = pool.submit(f.no_three, 3);
  CHECK(failed.outcome().index() == 3);
  CHECK(failed.outcome().error().index == 3);
}

TEST_CASE("wait_for() gives up at its limit, and done() moves the pool") {
  FutureFixture f;
  Pool pool(f.registry, {.workers = 1});
  const auto future = pool.submit(f.hold, 1);
  CHECK_FALSE(future.wait_for(1ms));
  CHECK_FALSE(future.done());
  *f.gate = 1;
  while (!future.done()) std::this_thread::sleep_for(1ms);
  CHECK(future.wait_for(0ns));
  CHECK(future.get() == 1);
}

TEST_CASE("as_completed() gives each place once, the quick ones before the slow one") {
  FutureFixture f;
  Pool pool(f.registry, {.workers = 2});
  std::vector<Future<std::int64_t>> futures;
  futures.push_back(pool.submit(f.hold, 1));
  for (int i = 0; i < 20; ++i) futures.push_back(pool.submit(f.sleep_ms, 0));
  std::vector<std::size_t> order;
  for (const std::size_t place : as_completed(futures)) {
    CHECK(futures[place].done());
    order.push_back(place);
    if (order.size() == 20) *f.gate = 1;
  }
  CHECK(order.size() == 21);
  CHECK(std::set<std::size_t>(order.begin(), order.end()).size() == 21);
  CHECK(order.back() == 0);
  for (const std::size_t place : as_completed(std::span(futures).subspan(0, 0))) {
    FAIL("a place of no future: " << place);
  }
}

TEST_CASE("ten thousand futures are completed") {
  FutureFixture f;
  Pool pool(f.registry, {.workers = 2});
  std::vector<Future<std::int64_t>> futures;
  for (std::int64_t i = 10; i < 10'010; ++i) futures.push_back(pool.submit(f.no_three, i));
  std::int64_t sum = 0;
  for (const std::size_t place : as_completed(futures)) sum += futures[place].get();
  CHECK(sum == 10'000 * (10 + 10'009) / 2);
}

TEST_CASE("a map has its turn however many submitted items wait before it, and go on coming") {
  FutureFixture f;
  Pool pool(f.registry, {.workers = 2});
  bool is_read = false;
  // Each that is done submits another until the map is read; a map that waits for the last of them
  // waits for ever.
  const std::function<void()> submit_one = [&] {
    pool.submit(f.no_three, 1).on_done([&](const Outcome<std::int64_t>& outcome) {
      CHECK(outcome.value() == 1);
      if (!is_read) submit_one();
    });
  };
  for (int item = 0; item < 1000; ++item) submit_one();
  std::int64_t sum = 0;
  for (const std::int64_t value : pool.map(f.no_three, {1, 2, 4, 5})) sum += value;
  CHECK(sum == 12);
  is_read = true;
  pool.shutdown();
}

TEST_CASE("callbacks that make others due at once do not keep a call from what it waits for") {
  FutureFixture f;
  Pool pool(f.registry, {.workers = 2});
  const auto done = pool.submit(f.no_three, 1);
  REQUIRE(done.get() == 1);
  int calls = 0;
  bool is_over = false;
  const std::function<void(const Outcome<std::int64_t>&)> again =
      [&](const Outcome<std::int64_t>& outcome) {
        CHECK(outcome.value() == 1);
        ++calls;
        if (!is_over) done.on_done(again);  // it is done already
      };
  done.on_done(again);
  std::int64_t sum = 0;
  for (const std::int64_t value : pool.map(f.no_three, {1, 2, 4})) sum += value;
  CHECK(sum == 7);
  CHECK(pool.submit(f.no_three, 5).get() == 5);
  std::vector<Future<std::int64_t>> futures;
  futures.push_back(pool.submit(f.no_three, 6));
  CHECK(wait(futures, WaitFor::all) == 1);
  pool.advance();
  CHECK(calls > 3);
  is_over = true;
  pool.shutdown();
}

TEST_CASE(
    "futures that were dropped run, and those before a pool's end are cancelled or finished") {
  FutureFixture f;
  for (const Pending pending : {Pending::finish, Pending::cancel}) {
    Pool pool(f.registry, {.workers = 1});
    const int before = f.runs->load();
    const std::int64_t each_ms = pending == Pending::finish ? 1 : 200;
    for (int item = 0; item < 30; ++item) (void)pool.submit(f.sleep_ms, each_ms);
    const auto last = pool.submit(f.sleep_ms, each_ms);
    pool.shutdown(pending);
    const int runs = f.runs->load() - before;
    CHECK((pending == Pending::finish ? runs == 31 : runs < 31));
    CHECK_THROWS_AS(last.get(), PoolClosed);
  }
}

TEST_CASE("wait() returns at the first that is done, the first that failed, or when all are done") {
  FutureFixture f;
  Pool pool(f.registry, {.workers = 2});
  std::vector<Future<std::int64_t>> futures;
  futures.push_back(pool.submit(f.hold, 1));
  futures.push_back(pool.submit(f.no_three, 3));
  CHECK(wait(futures, WaitFor::first_done) == 1);
  CHECK(futures[1].done());
  CHECK(wait(futures, WaitFor::first_failed) == 1);
  CHECK(wait(futures, WaitFor::all, 1ms) == 1);
  *f.gate = 1;
  CHECK(wait(futures, WaitFor::all) == 2);
  CHECK(wait(std::span(futures).subspan(0, 1), WaitFor::first_failed) == 1);
  std::vector<Future<std::int64_t>> none;
  CHECK(wait(none, WaitFor::first_done) == 0);
}

TEST_CASE("futures of several pools are awaited together") {
  FutureFixture f;
  Pool first(f.registry, {.workers = 1});
  Pool second(f.registry, {.workers = 1});
  std::vector<Future<std::int64_t>> futures;
  futures.push_back(first.submit(f.hold, 1));
  futures.push_back(second.submit(f.hold, 0));
  futures.push_back(second.submit(f.hold, 2));
  std::vector<std::size_t> order;
  for (const std::size_t place : as_completed(futures)) {
    order.push_back(place);
    ++*f.gate;
  }
  CHECK(order == std::vector<std::size_t>{1, 0, 2});
}

TEST_CASE("on_done runs in calls of the pool, once, with the outcome") {
  FutureFixture f;
  Pool pool(f.registry, {.workers = 2});
  int calls = 0;
  const auto future = pool.submit(f.no_three, 3);
  future.on_done([&](const Outcome<std::int64_t>& outcome) {
    CHECK(outcome.error().kind == ErrorKind::function_error);
    ++calls;
  });
  CHECK(calls == 0);
  while (calls == 0) {
    pollfd fd{pool.fd(), POLLIN, 0};
    if (!pool.advance()) REQUIRE(::poll(&fd, 1, 10'000) >= 0);
  }
  // One that comes late runs as well, but not inside on_done().
  future.on_done([&](const Outcome<std::int64_t>&) { ++calls; });
  CHECK(calls == 1);
  pool.advance();
  CHECK(calls == 2);
  pool.advance();
  CHECK(calls == 2);
}

TEST_CASE("callbacks run while a map is read, and may submit more") {
  FutureFixture f;
  Pool pool(f.registry, {.workers = 2});
  std::vector<Future<std::int64_t>> more;
  pool.submit(f.no_three, 1).on_done([&](const Outcome<std::int64_t>&) {
    more.push_back(pool.submit(f.no_three, 2));
  });
  CHECK(pool.map(f.sleep_ms, {50, 50, 50}).collect().size() == 3);
  REQUIRE(more.size() == 1);
  CHECK(more.front().get() == 2);
}

TEST_CASE("what a callback throws comes out of the call that ran it") {
  FutureFixture f;
  Pool pool(f.registry, {.workers = 1});
  const auto future = pool.submit(f.no_three, 1);
  int calls = 0;
  future.on_done([](const Outcome<std::int64_t>&) { throw std::domain_error("mine"); });
  future.on_done([&](const Outcome<std::int64_t>&) { ++calls; });
  CHECK_THROWS_AS(future.get(), std::domain_error);
  CHECK(future.get() == 1);
  CHECK(calls == 1);
}

TEST_CASE("the host sleeps in its calls, also after a callback has thrown") {
  FutureFixture f;
  Pool pool(f.registry, {.workers = 1});
  const auto processor_time = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return std::chrono::seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           std::chrono::microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  };
  const auto future = pool.submit(f.no_three, 1);
  REQUIRE(future.get() == 1);
  future.on_done([](const Outcome<std::int64_t>&) { throw std::domain_error("mine"); });
  CHECK_THROWS_AS(pool.advance(), std::domain_error);
  const auto before = processor_time();
  CHECK(pool.map(f.sleep_ms, {1000}).collect().size() == 1);
  future.on_done([](const Outcome<std::int64_t>&) {});
  pool.refork();
  CHECK(processor_time() - before < 500ms);
}

TEST_CASE("a cancelled item ends as Cancelled, waiting or running") {
  FutureFixture f;
  Pool pool(f.registry, {.workers = 1});
  const auto running = pool.submit(f.sleep_ms, 60'000);
  std::vector<Future<std::int64_t>> waiting;
  for (int i = 0; i < 200; ++i) waiting.push_back(pool.submit(f.sleep_ms, 60'000));
  CHECK_FALSE(running.wait_for(50ms));
  running.cancel();
  for (const auto& future : waiting) future.cancel();
  CHECK(running.outcome().error().kind == ErrorKind::cancelled);
  for (const auto& future : waiting) {
    REQUIRE(future.outcome().error().kind == ErrorKind::cancelled);
  }
  running.cancel();  // done already: nothing happens
  CHECK(pool.submit(f.no_three, 1).get() == 1);
  CHECK(*f.runs == 0);
}

TEST_CASE("after kill() futures and maps end as Cancelled") {
  FutureFixture f;
  Pool pool(f.registry, {.workers = 1});
  std::vector<Future<std::int64_t>> futures;
  for (int i = 0; i < 200; ++i) futures.push_back(pool.submit(f.sleep_ms, 60'000));
  pool.kill();
  CHECK(wait(futures, WaitFor::all) == 200);
  for (const auto& future : futures) {
    const ErrorKind kind = future.outcome().error().kind;
    REQUIRE((kind == ErrorKind::cancelled || kind == ErrorKind::not_run));
  }
}

TEST_CASE("a future that was moved from says so") {
  FutureFixture f;
  Pool pool(f.registry, {.workers = 1});
  auto future = pool.submit(f.no_three, 1);
  const auto other = std::move(future);
  CHECK_THROWS_AS((void)future.get(), InvalidOption);
  CHECK(other.get() == 1);
}
