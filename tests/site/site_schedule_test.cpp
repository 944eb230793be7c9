// SPDX-License-Identifier: Apache-2.0
//
// A seed is a whole schedule: workers run, die anywhere, lanes lie, zygotes die, maps are
// cancelled, the pool is renewed and resized, in any order. N items in, N outcomes out.
#include <sys/wait.h>

#include <csignal>
#include <random>

#include "tests/catch.hpp"
#include "tests/site/made_up_site.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

namespace {

class Schedule {
 public:
  explicit Schedule(std::uint32_t seed)
      : random_(seed), made_(static_cast<int>(1 + seed % 4), options_for(seed)) {
    made_.begin();
    for (int map = 0; map < 3; ++map) open();
  }

  void run(int steps) {
    for (int step = 0; step < steps && made_.failure().empty(); ++step) {
      do_something();
      if (below(3) == 0) made_.settle();
    }
  }

  void finish() {
    made_.wait(10s);
    made_.wait(10s);
    REQUIRE(made_.failure().empty());
    for (const Known& known : maps_) known.map->results().release_order();
    // Whoever hangs in an item is killed.
    for (int round = 0; round < 200 && !made_.ledger->maps().all_settled(); ++round) {
      made_.run();
      for (ScriptedZygote* const zygote : living()) {
        for (const std::uint32_t slot : zygote->slots()) {
          if (zygote->worker(slot)->is_stuck()) zygote->exit(slot, SIGSEGV);
        }
      }
      made_.wait(1s);
      for (Known& known : maps_) read(known);
    }
    for (Known& known : maps_) {
      read(known);
      CHECK(known.map->settled());
      if (known.map->cancelled) continue;
      REQUIRE(known.outcomes.count() == known.map->fed());
      if (!known.is_cancelled) CHECK(known.map->fed() == known.items);
      for (const auto& [position, value] : known.outcomes.values) {
        REQUIRE(value == static_cast<std::int64_t>(position * position));
      }
    }
    CHECK(made_.ledger->may_feed_more());
  }

 private:
  struct Known {
    std::shared_ptr<pool::Map> map;
    std::uint64_t items = 0;
    bool is_cancelled = false;
    SiteOutcomes outcomes = {};
  };
  std::mt19937 random_;
  MadeUpSite made_;
  std::vector<Known> maps_;

  static PoolOptions options_for(std::uint32_t seed) {
    PoolOptions options;
    options.retries = static_cast<int>(seed % 3);
    options.in_flight_bytes = seed % 5 == 0 ? 4096 : 0;
    if (seed % 7 == 0) options.recycle_after_items = 50;
    return options;
  }

  std::uint32_t below(std::uint32_t end) {
    return std::uniform_int_distribution<std::uint32_t>(0, end - 1)(random_);
  }

  void open() {
    const std::uint32_t items = 1 + below(300);
    MapOptions options = chunks_of(below(4) == 0 ? 0 : 1 + below(12));
    options.once = below(6) == 0;
    made_.timed = below(2) == 0;
    const char* const function = below(2) == 0 ? "square" : "squares";
    maps_.push_back({.map = made_.open(function, 0, items, options), .items = items});
  }

  std::vector<ScriptedZygote*> living() {
    std::vector<ScriptedZygote*> zygotes;
    made_.site->crews().for_each([&](pool::Crew& crew) {
      if (crew.zygote) zygotes.push_back(static_cast<ScriptedZygote*>(crew.zygote.get()));
    });
    return zygotes;
  }

  void read(Known& known) {
    SiteOutcomes fresh = made_.read(*known.map);
    for (auto& [position, value] : fresh.values) {
      REQUIRE(known.outcomes.errors.count(position) == 0);
      REQUIRE(known.outcomes.values.emplace(position, value).second);
    }
    for (auto& [position, error] : fresh.errors) {
      REQUIRE(known.outcomes.values.count(position) == 0);
      REQUIRE(known.outcomes.errors.emplace(position, std::move(error)).second);
    }
  }

  void do_something() {
    Known& known = maps_[below(static_cast<std::uint32_t>(maps_.size()))];
    const std::vector<ScriptedZygote*> zygotes = living();
    if (zygotes.empty()) {
      made_.wait(1s);
      return;
    }
    ScriptedZygote& zygote = *zygotes[below(static_cast<std::uint32_t>(zygotes.size()))];
    const std::vector<std::uint32_t> slots = zygote.slots();
    if (slots.empty()) {
      made_.wait(1s);
      return;
    }
    const std::uint32_t slot = slots[below(static_cast<std::uint32_t>(slots.size()))];
    InProcessWorker& worker = *zygote.worker(slot);
    switch (below(24)) {
      case 0:
        if (maps_.size() < 8) open();
        return;
      case 1:
        (void)worker.stop_inside(below(4));
        return;
      case 2:
        (void)worker.stop_inside(std::nullopt);
        return;
      case 3:
        (void)worker.stop_at_claim();
        return;
      case 4:
        if (worker.stop_at_claim()) worker.scribble_state(below(0xffffffffU));
        return;
      case 5:
      case 6:
        // A death without any work done would end the pool in the end; that is another test.
        if (worker.is_stuck()) zygote.exit(slot, SIGSEGV);
        return;
      case 7:
        zygote.exit(slot, SIGKILL);
        return;
      case 8:
        if (worker.is_stuck()) {
          zygote.exit(slot, SIGKILL, process::ExitCause::time_limit, 1'000'000'000);
        }
        return;
      case 9:
        if (below(6) == 0 && worker.tasks_run() > 0) zygote.die();
        return;
      case 10:
        if (below(6) == 0) {
          known.is_cancelled = true;
          made_.cancel(*known.map, below(2) == 0, std::chrono::seconds(below(3)));
        }
        return;
      case 11:
        if (below(4) == 0) made_.site->resize(static_cast<int>(1 + below(4)), made_.now);
        return;
      case 12:
        if (below(6) == 0) made_.site->crews().renew(pool::CrewReason::asked, made_.now);
        return;
      case 13:
        made_.now += std::chrono::milliseconds(below(2000));
        return;
      case 14:
        zygote.let_leave();
        return;
      case 15:
        zygote.tell(below(2) == 0 ? process::EventKind::stopped : process::EventKind::continued,
                    slot);
        return;
      case 16:
        read(known);
        return;
      default:
        (void)worker.run_one();
        return;
    }
  }
};

}  // namespace

TEST_CASE("N items in, N outcomes out, whatever happens in whatever order (random schedules)") {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Schedule schedule(seed);
    schedule.run(400);
    schedule.finish();
  }
}

}  // namespace forkmap::testing
