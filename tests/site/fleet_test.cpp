// SPDX-License-Identifier: Apache-2.0
//
// Two sites as one. Whatever becomes of one of them, and whenever: N items in, N outcomes out, in
// order where that was asked for, and nothing is run twice that may run once only.
#include "core/site/fleet.hpp"

#include <poll.h>

#include <algorithm>
#include <csignal>
#include <random>
#include <set>

#include "tests/catch.hpp"
#include "tests/site/made_up_fleet.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

namespace {

// Reads what has come of a map, and holds it to what it was asked for.
class Reader {
 public:
  Reader(std::shared_ptr<pool::Map> map, bool ordered) : map_(std::move(map)), ordered_(ordered) {}

  void read(pool::Ledger& ledger) {
    while (map_->results().has_batch()) {
      ResultBatch batch = map_->results().take_batch();
      ledger.note_read(*map_, batch);
      if (ordered_) REQUIRE(batch.first == settled_.size());
      auto error = batch.errors.begin();
      for (std::uint32_t item = 0; item < batch.count; ++item) {
        const std::uint64_t position = batch.first + item;
        const bool is_value = batch.status[item] == FORKMAP_STATUS_VALUE;
        REQUIRE(settled_.insert(position).second);
        if (is_value) {
          const auto* const values = static_cast<const std::int64_t*>(batch.columns[0].values);
          REQUIRE(values[item] == static_cast<std::int64_t>(position * position));
        } else {
          REQUIRE(error->index == position);
          ++error;
        }
      }
      ledger.memory().take_back(std::move(batch));
    }
  }
  [[nodiscard]] std::uint64_t count() const { return settled_.size(); }
  [[nodiscard]] pool::Map& map() { return *map_; }

 private:
  std::shared_ptr<pool::Map> map_;
  bool ordered_;
  std::set<std::uint64_t> settled_;  // positions
};

constexpr std::int64_t kOnceItems = 12;

enum class Fault : std::uint8_t { said, zygote_gone };

// One schedule of random steps; the first site fails at a certain one of them.
class FleetSchedule {
 public:
  FleetSchedule(std::uint32_t seed, Fault fault)
      : random_(seed), fault_(fault), made_(static_cast<int>(1 + seed % 3), options_for(seed)) {
    made_.begin();
    MapOptions once = chunks_of(1);
    once.once = true;
    open("counted", kOnceItems, once, false);
    open("squares", 60, chunks_of(7), true);
    open("square", 25, chunks_of(0), true);
  }

  void run(int steps, int failing_step) {
    for (int step = 0; step < steps; ++step) {
      if (step == failing_step) fail_first();
      do_something();
      made_.step();
      if (below(4) == 0) made_.settle();
    }
    if (failing_step >= steps) fail_first();
  }

  void finish() {
    made_.wait(10s);
    REQUIRE_FALSE(made_.fleet->has_failed());
    for (int round = 0; round < 100 && !made_.ledger->maps().all_settled(); ++round) {
      made_.run();
      for (ScriptedZygote* const zygote : made_.living()) {
        for (const std::uint32_t slot : zygote->slots()) {
          if (zygote->worker(slot)->is_stuck()) zygote->exit(slot, SIGSEGV);
        }
      }
      made_.wait(1s);
      read();
    }
    read();
    for (Reader& reader : readers_) {
      REQUIRE(reader.map().settled());
      REQUIRE(reader.count() == reader.map().fed());
    }
    for (std::int64_t item = 0; item < kOnceItems; ++item) REQUIRE(made_.runs_of(item) <= 1);
    CHECK_FALSE(made_.ledger->has_returned());
    CHECK(made_.sites[0]->has_failed());
    CHECK_FALSE(made_.sites[0]->holds_work());
    CHECK(made_.ledger->workers() == made_.sites[1]->target());
  }

 private:
  std::mt19937 random_;
  Fault fault_;
  MadeUpFleet made_;
  std::vector<Reader> readers_;

  static PoolOptions options_for(std::uint32_t seed) {
    PoolOptions options;
    options.retries = static_cast<int>(seed % 3);
    options.in_flight_bytes = seed % 5 == 0 ? 4096 : 0;
    if (seed % 4 == 0) options.recycle_after_items = 9;
    return options;
  }

  std::uint32_t below(std::uint32_t end) {
    return std::uniform_int_distribution<std::uint32_t>(0, end - 1)(random_);
  }

  void open(const char* function, std::int64_t items, MapOptions options, bool ordered) {
    readers_.emplace_back(made_.open(function, items, options, ordered), ordered);
  }

  void read() {
    for (Reader& reader : readers_) reader.read(*made_.ledger);
  }

  void fail_first() {
    pool::LocalSite& site = *made_.sites[0];
    if (fault_ == Fault::said) {
      site.fail("the test wants it so");
      return;
    }
    // Workers like those of its zygote cannot be forked again. The other site goes on with those it
    // has, as long as its zygote lives.
    made_.registry.add("newer", [](std::int64_t x) { return x; });
    site.crews().for_each([](pool::Crew& crew) {
      if (crew.zygote) static_cast<ScriptedZygote&>(*crew.zygote).die();
    });
  }

  void do_something() {
    const std::vector<ScriptedZygote*> zygotes = made_.living();
    if (zygotes.empty()) return;
    ScriptedZygote& zygote = *zygotes[below(static_cast<std::uint32_t>(zygotes.size()))];
    const std::vector<std::uint32_t> slots = zygote.slots();
    if (slots.empty()) return made_.wait(1s);
    const std::uint32_t slot = slots[below(static_cast<std::uint32_t>(slots.size()))];
    InProcessWorker& worker = *zygote.worker(slot);
    switch (below(12)) {
      case 0:
        (void)worker.stop_inside(below(3));
        return;
      case 1:
        (void)worker.stop_inside(std::nullopt);
        return;
      case 2:
        (void)worker.stop_at_claim();
        return;
      case 3:
        if (worker.is_stuck()) zygote.exit(slot, SIGSEGV);
        return;
      case 4:
        zygote.let_leave();
        return;
      case 5:
        read();
        return;
      case 6:
        made_.now += std::chrono::milliseconds(below(2000));
        return;
      default:
        (void)worker.run_one();
        return;
    }
  }
};

}  // namespace

TEST_CASE("one of two sites fails at any step of any schedule: N items in, N outcomes out") {
  constexpr int kSteps = 40;
  const Fault fault = GENERATE(Fault::said, Fault::zygote_gone);
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    for (int step = 0; step <= kSteps; ++step) {
      CAPTURE(fault, seed, step);
      FleetSchedule schedule(seed, fault);
      schedule.run(kSteps, step);
      schedule.finish();
    }
  }
}

TEST_CASE("an idle site takes what another holds and has not begun") {
  MadeUpFleet made(1);
  made.begin();
  const auto map = made.open("square", 4, chunks_of(1), false);
  REQUIRE(map->fed() == 4);
  REQUIRE(made.living().size() == 2);
  REQUIRE(made.living()[0]->worker(0)->stop_inside(0));
  REQUIRE(made.living()[1]->worker(0)->run_all() == 2);
  made.run();
  CHECK(map->outcomes() == 3);  // all but the one that hangs
  made.living()[0]->exit(0, SIGSEGV);
  made.run();
  CHECK(map->settled());
}

TEST_CASE("what waits in a site that has no workers now runs in another") {
  MadeUpFleet made(1);
  made.begin();
  const auto map = made.open("square", 4, chunks_of(1), false);
  REQUIRE(made.living()[0]->worker(0)->stop_inside(0));
  made.scripts[0].preload_hangs = true;  // of its next zygote
  made.living()[0]->die();
  made.run();
  CHECK(map->settled());
  CHECK_FALSE(made.sites[0]->has_failed());
  CHECK(made.sites[0]->state() == pool::Site::State::coming_up);
}

TEST_CASE("a site that cannot begin leaves the work to the others") {
  MadeUpFleet made(1);
  made.scripts[0].preload_failure = "no licence";
  made.begin();
  CHECK(made.sites[0]->failure() == "preload of a plugin: no licence");
  CHECK(made.fleet->state() == pool::Site::State::serving);
  const auto map = made.open("square", 4, chunks_of(1), false);
  made.run();
  CHECK(map->settled());
}

TEST_CASE("an idle site takes what another holds while the bound of bytes lets nothing new in") {
  PoolOptions options;
  options.in_flight_bytes = 4096;
  MadeUpFleet made(1, options);
  made.begin();
  Reader reader(made.open("square", 3000, chunks_of(300), false), false);  // 2400 bytes a chunk
  int stuck = 0;
  for (ScriptedZygote* const zygote : made.living()) {
    if (zygote->worker(0)->stop_inside(0)) ++stuck;
    if (stuck == 1) break;
  }
  REQUIRE(stuck == 1);
  for (int round = 0; round < 100; ++round) {
    made.run();
    reader.read(*made.ledger);
  }
  CHECK(reader.map().outcomes() == 2700);  // all but the chunk of which the first item hangs
}

TEST_CASE("this process, as one of the sites, runs what no worker has begun") {
  const bool in_arena = GENERATE(true, false);
  CAPTURE(in_arena);
  MadeUpFleet made(1, {}, MadeUpFleet::Serial::first);
  made.begin();
  const auto map = in_arena ? made.open_in_arena(40, chunks_of(10))
                            : made.open("square", 40, chunks_of(10), false);
  CHECK(map->source_ended);
  CHECK(map->in_flight() <= 20);  // what the two workers have, and nobody runs
  CHECK_FALSE(made.ledger->has_returned());
  made.run();
  CHECK(map->settled());
  if (!in_arena) return;
  const auto& offsets = map->request().arena_columns;
  const auto* const results =
      reinterpret_cast<const std::int64_t*>(made.settings->arena()->data() + offsets.at(1));
  for (std::int64_t item = 0; item < 40; ++item) REQUIRE(results[item] == item * item);
}

TEST_CASE("this process goes on alone with maps over the arena") {
  MadeUpFleet made(1, {}, MadeUpFleet::Serial::first);
  made.begin();
  const auto map = made.open_in_arena(40, chunks_of(10));
  for (pool::LocalSite* const site : made.sites) site->fail("the test wants it so");
  made.settle();
  CHECK(map->settled());
  CHECK(map->results().failures() == 0);
  const auto later = made.open_in_arena(7, chunks_of(10));
  CHECK(later->settled());
  CHECK(later->results().failures() == 0);
}

TEST_CASE("a fleet that is paused moves nothing, and goes on afterwards") {
  MadeUpFleet made(1, {}, MadeUpFleet::Serial::first);
  made.begin();
  CHECK(made.fleet->is_idle());
  REQUIRE(made.fleet->pause(true, made.now) == 0s);
  CHECK_FALSE(made.fleet->pause(true, made.now));
  for (const auto* const site : made.sites) CHECK_FALSE(site->is_idle());
  CHECK_FALSE(made.serial->is_idle());
  CHECK_FALSE(made.fleet->is_idle());
  const auto map = made.open("square", 4, chunks_of(1), false);  // comes to rest
  CHECK(map->outcomes() == 0);
  REQUIRE(made.fleet->pause(false, made.now + 3s) == 3s);
  made.run();
  CHECK(map->settled());
}

TEST_CASE("a fleet is rung though its first site has no descriptor") {
  MadeUpFleet made(1, {}, MadeUpFleet::Serial::first);
  made.begin();
  const auto is_rung = [&] {
    return std::ranges::any_of(made.fleet->fds(), [](int fd) {
      pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
      return ::poll(&ready, 1, 0) == 1;
    });
  };
  made.fleet->drain();
  REQUIRE_FALSE(is_rung());
  made.fleet->ring();
  CHECK(is_rung());
  made.fleet->drain();
  CHECK_FALSE(is_rung());
}

}  // namespace forkmap::testing
