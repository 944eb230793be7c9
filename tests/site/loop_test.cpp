// SPDX-License-Identifier: Apache-2.0
//
// The loop over a site whose zygote is scripted: starts, ends, and what it finds by itself. No
// process is needed.
#include "core/pool/loop.hpp"

#include <chrono>
#include <forkmap/error.hpp>
#include <thread>

#include "tests/catch.hpp"
#include "tests/site/made_up_site.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

namespace {

class MadeUpLoop {
 public:
  explicit MadeUpLoop(Script how = {}) : script(std::move(how)) {
    registry.add("square", [](std::int64_t x) { return x * x; });
    PoolOptions options;
    options.workers = 1;
    options.window_bytes = std::uint64_t{1} << 20U;
    if (!script.workers_come_up) options.start_timeout = 50ms;
    script.leave_at_once = true;
    loop = std::make_shared<pool::Loop>(
        registry.table(), options, nullptr, [this](const pool::Loop::Means& means) {
          auto made = std::make_unique<pool::LocalSite>(
              means.settings, means.events, means.ledger, nullptr, means.owner,
              [this](const process::ZygotePlan&) { return fork(); });
          site = made.get();
          return made;
        });
  }

  std::unique_ptr<process::ZygoteLink> fork() {
    const pool::Settings& settings = loop->settings();
    const pool::WorkerContext context{&settings.table(), settings.parameters().get(), 0, nullptr};
    auto made =
        std::make_unique<ScriptedZygote>(script, context, settings.shape(), site->doorbell());
    zygote = made.get();
    return made;
  }

  [[nodiscard]] std::shared_ptr<pool::Map> open(std::int64_t count) {
    pool::MapRequest request;
    request.function = &registry.table().resolve("square");
    request.source = std::make_unique<Integers>(0, count);
    request.options = chunks_of(2);
    return loop->open(std::move(request));
  }

  // One item whose outcome goes to `receiver`.
  void submit(pool::OutcomeReceiver& receiver) {
    pool::MapRequest request;
    request.function = &registry.table().resolve("square");
    request.source = std::make_unique<Integers>(3, 1);
    request.receiver = &receiver;
    (void)loop->open(std::move(request));
  }

  Registry registry;
  Script script;
  ScriptedZygote* zygote = nullptr;
  pool::LocalSite* site = nullptr;
  std::shared_ptr<pool::Loop> loop;
};

class Receiver final : public pool::OutcomeReceiver {
 public:
  void receive(ResultBatch&& outcomes) noexcept override { received += outcomes.count; }
  std::uint64_t received = 0;
};

}  // namespace

TEST_CASE("a step takes what a worker has done, and gives it more") {
  MadeUpLoop made;
  made.loop->start();
  const auto map = made.open(10);
  while (!map->settled()) {
    CHECK(made.zygote->worker(0)->run_all() > 0);
    CHECK(made.loop->step());
  }
  CHECK(map->outcomes() == 10);
  CHECK_FALSE(made.loop->step());
}

TEST_CASE("a map has its turn while there are always more submitted items than the lane can hold") {
  MadeUpLoop made;
  made.loop->start();
  Receiver receiver;
  std::uint64_t submitted = 0;
  const auto step = [&] {
    while (submitted < receiver.received + 1000) {
      made.submit(receiver);
      ++submitted;
    }
    REQUIRE(made.zygote->worker(0)->run_one());
    made.loop->step();
  };
  for (int i = 0; i < 500; ++i) step();
  // Its source has more than fits into one task; another one is read all the time.
  const auto map = made.open(10);
  const auto read = made.open(10);
  for (int tasks = 0; !map->settled() || !read->settled(); ++tasks) {
    REQUIRE(tasks < 3000);
    step();
    if (read->results().has_batch()) {
      ResultBatch batch = read->results().take_batch();
      made.loop->ledger().note_read(*read, batch);
    }
  }
  CHECK(map->outcomes() == 10);
  CHECK(receiver.received > 500);
}

TEST_CASE("a map that has just begun has its turn beside one whose tasks fill the lane") {
  MadeUpLoop made;
  made.loop->start();
  const auto read_all = [&](pool::Map& map) {
    while (map.results().has_batch()) {
      ResultBatch batch = map.results().take_batch();
      made.loop->ledger().note_read(map, batch);
    }
  };
  const auto first = made.open(1'000'000);
  for (int i = 0; i < 500; ++i) {
    REQUIRE(made.zygote->worker(0)->run_one());
    made.loop->step();
    read_all(*first);
  }
  const auto second = made.open(10);
  for (int tasks = 0; !second->settled(); ++tasks) {
    REQUIRE(tasks < 3000);
    REQUIRE(made.zygote->worker(0)->run_one());
    made.loop->step();
    read_all(*first);
  }
  CHECK(second->outcomes() == 10);
}

TEST_CASE("a pool whose workers do not come up says why") {
  MadeUpLoop made({.workers_come_up = false});
  CHECK_THROWS_AS(made.loop->start(), PoolBroken);
  CHECK(made.loop->broken_why() == "the workers were not ready after 50 ms (start_timeout)");
  CHECK_THROWS_AS(made.open(1), PoolBroken);
}

TEST_CASE("a renewal that does not come up says why, and the pool goes on") {
  MadeUpLoop made;
  made.loop->start();
  ScriptedZygote* const first = made.zygote;
  made.script.preload_failure = "no licence";
  made.site->renew(pool::Clock::now());
  while (made.site->is_renewing()) made.loop->wait_step(1s, -1);
  CHECK(made.site->renewal_failure() == "preload of a plugin: no licence");
  const auto map = made.open(2);
  CHECK(first->worker(0)->run_all() == 1);
  made.loop->step();
  CHECK(map->settled());
}

TEST_CASE("what is open when the pool is killed is Cancelled, each item once") {
  MadeUpLoop made;
  made.loop->start();
  const auto map = made.open(1000);
  REQUIRE(made.zygote->worker(0)->stop_inside(1));
  made.loop->kill();
  CHECK(map->settled());
  std::uint64_t count = 0;
  while (map->results().has_batch()) {
    const ResultBatch batch = map->results().take_batch();
    CHECK(batch.first == count);
    for (const ItemError& error : batch.errors) CHECK(error.kind == ErrorKind::cancelled);
    count += batch.count;
  }
  CHECK(count == map->fed());
}

TEST_CASE("a ring that was lost is found by the look that comes each second") {
  MadeUpLoop made;
  made.loop->start();
  const auto map = made.open(1);
  std::this_thread::sleep_for(1s);  // so that the next look at the zygote is due
  // The worker is done after the host has looked at its lane, and before it sleeps.
  made.script.on_look = [&] { (void)made.zygote->worker(0)->run_one_silently(); };
  made.loop->wait_step(1h, -1);
  CHECK(made.site->rescues() == 1);
  CHECK(map->settled());
}

}  // namespace forkmap::testing
