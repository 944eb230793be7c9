// SPDX-License-Identifier: Apache-2.0
//
// What maps are owed, tried by random operations: whatever a site does with portions, each position
// is settled once and the books come to zero. No process is needed.
#include "core/map/ledger.hpp"

#include <algorithm>
#include <forkmap/error.hpp>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "tests/catch.hpp"

using namespace std::chrono_literals;

namespace forkmap::pool {

namespace {

const plugin::FunctionEntry& a_function() {
  static const plugin::FunctionEntry kFunction = [] {
    plugin::FunctionEntry entry;
    entry.full_name = "test::identity";
    entry.signature = types::parse_signature("(i64) -> i64");
    return entry;
  }();
  return kFunction;
}

MapRequest a_request(bool ordered = true) {
  MapRequest request;
  request.function = &a_function();
  request.ordered = ordered;
  return request;
}

class Receiver final : public OutcomeReceiver {
 public:
  void receive(ResultBatch&& outcomes) noexcept override {
    ++received;
    last = std::move(outcomes);
  }
  int received = 0;
  ResultBatch last;
};

Ledger::Rules rules(std::uint64_t in_flight_bytes = 1 << 20) {
  return {.once = false,
          .retries = 2,
          .timeout = {},
          .in_flight_bytes = in_flight_bytes,
          .cell = {80, 32}};
}

std::shared_ptr<Map> open(Ledger& ledger, MapRequest request) {
  return ledger.open(std::weak_ptr<Loop>(), std::move(request));
}

Portion take(Ledger& ledger, const std::shared_ptr<Map>& map, std::uint32_t count,
             std::uint64_t bytes = 0) {
  Portion portion;
  portion.map = map;
  ledger.take(portion, count, bytes);
  return portion;
}

ResultBatch values(Ledger& ledger, const Portion& portion, std::uint32_t count) {
  ResultBatch batch;
  ledger.memory().give(batch, 8 * count);
  batch.first = portion.first;
  batch.count = count;
  return batch;
}

// A site that does what it likes, and the truth about each map beside the ledger's.
class Disorder {
 public:
  explicit Disorder(std::uint32_t seed) : random_(seed), ledger_(rules(/*in_flight_bytes=*/1)) {
    for (std::uint32_t number = 0; number < 4; ++number) open_one();
  }

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      do_something();
      check();
    }
  }

  // Everything is given back and read; then nothing is owed.
  void finish(bool breaks) {
    if (breaks) ledger_.end_all(ErrorKind::not_run, "the pool broke");
    for (Known& known : maps_) {
      if (!known.map->source_ended) ledger_.maps().end_source(*known.map);
    }
    while (!portions_.empty()) settle(portions_.size() - 1, breaks);
    CHECK(ledger_.maps().all_settled());
    for (Known& known : maps_) {
      while (known.map->results().has_batch()) read(known);
      CHECK(known.map->settled());
      CHECK(known.map->nothing_is_out());
      if (known.map->cancelled) continue;
      for (std::uint64_t position = 0; position < known.map->fed(); ++position) {
        REQUIRE(known.seen[position] == 1);
      }
      CHECK(known.seen.size() == known.map->fed());
    }
    CHECK(ledger_.may_feed_more());  // not one byte is in flight or unread
    ledger_.maps().release_settled();
    CHECK(ledger_.maps().all().empty());
  }

 private:
  struct Known {
    std::shared_ptr<Map> map;
    bool ordered = true;
    std::uint64_t next = 0;
    std::map<std::uint64_t, int> seen = {};  // by position: outcomes read
  };
  std::mt19937 random_;
  Ledger ledger_;
  std::vector<Known> maps_;
  std::vector<Portion> portions_;

  std::uint32_t below(std::size_t end) {
    return std::uniform_int_distribution<std::uint32_t>(
        0, static_cast<std::uint32_t>(end) - 1)(random_);
  }

  void open_one() {
    const bool ordered = below(2) == 0;
    maps_.push_back({.map = open(ledger_, a_request(ordered)), .ordered = ordered});
  }

  void do_something() {
    Known& known = maps_[below(maps_.size())];
    switch (below(16)) {
      case 0:
        if (maps_.size() < 12) open_one();
        return;
      case 1:
        if (!known.map->source_ended) ledger_.refuse_next(*known.map, ItemError{});
        return;
      case 2:
        if (below(8) == 0) ledger_.maps().end_source(*known.map);
        return;
      case 3:
        if (below(8) == 0) ledger_.cancel(*known.map, below(2) == 0, {});
        return;
      case 4:
      case 5:
      case 6:
      case 7:
        if (!known.map->source_ended) {
          portions_.push_back(take(ledger_, known.map, 1 + below(40), below(100)));
        }
        return;
      case 8:
      case 9:
      case 10:
        if (known.map->results().has_batch()) read(known);
        return;
      default:
        if (!portions_.empty()) settle(below(portions_.size()), below(4) == 0);
        return;
    }
  }

  void settle(std::size_t which, bool fails) {
    Portion portion = portions_[which];
    portions_.erase(portions_.begin() + static_cast<std::ptrdiff_t>(which));
    if (portion.map->cancelled) return ledger_.drop(portion);
    if (fails) return ledger_.fail(portion, ErrorKind::worker_died, "its worker died");
    // Some of it is finished, the rest goes elsewhere, its bytes being accounted once.
    const std::uint32_t complete = below(portion.count + std::size_t{1});
    if (complete > 0) ledger_.deliver(*portion.map, values(ledger_, portion, complete));
    if (complete < portion.count) {
      Portion rest = portion;
      rest.first += complete;
      rest.count -= complete;
      rest.accounted_bytes = 0;
      portions_.push_back(rest);
    }
    ledger_.end(portion);
  }

  void read(Known& known) {
    ResultBatch batch = known.map->results().take_batch();
    ledger_.note_read(*known.map, batch);
    if (known.ordered) CHECK(batch.first == known.next);
    known.next = batch.first + batch.count;
    for (std::uint32_t item = 0; item < batch.count; ++item) ++known.seen[batch.first + item];
    ledger_.memory().take_back(std::move(batch));
  }

  void check() const {
    for (const Known& known : maps_) {
      std::uint64_t held = 0;
      for (const Portion& portion : portions_) {
        if (portion.map == known.map) held += portion.count;
      }
      REQUIRE(known.map->in_flight() == held);
      REQUIRE(known.map->fed() == known.map->outcomes() + held);
    }
  }
};

}  // namespace

TEST_CASE("whatever becomes of portions, each position is settled once (random operations)") {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    Disorder disorder(seed);
    disorder.run(400);
    disorder.finish(false);
  }
}

TEST_CASE("a pool that breaks at any moment owes nothing afterwards (random operations)") {
  for (std::uint32_t seed = 1000; seed <= 1100; ++seed) {
    CAPTURE(seed);
    Disorder disorder(seed);
    disorder.run(static_cast<int>(seed % 97));
    disorder.finish(true);
  }
}

TEST_CASE("one portion of each map is let in, whatever the others hold") {
  Ledger ledger(rules(100));
  const auto first = open(ledger, a_request());
  const auto second = open(ledger, a_request());
  CHECK(ledger.may_feed(*first));
  const Portion large = take(ledger, first, 1, 1000);
  CHECK_FALSE(ledger.may_feed_more());
  CHECK_FALSE(ledger.may_feed(*first));
  CHECK(ledger.may_feed(*second));
  ledger.deliver(*first, values(ledger, large, 1));
  ledger.end(large);
  CHECK_FALSE(ledger.may_feed(*first));  // nobody has read it
  const ResultBatch read = first->results().take_batch();
  ledger.note_read(*first, read);
  CHECK(ledger.may_feed(*first));
}

TEST_CASE("a map whose batches nobody reads is not fed, and more workers let more in") {
  Ledger ledger(rules(1 << 30));
  const auto map = open(ledger, a_request());
  ledger.set_workers(1);
  while (ledger.may_feed(*map)) {
    const Portion portion = take(ledger, map, 1);
    ledger.deliver(*map, values(ledger, portion, 1));
    ledger.end(portion);
    REQUIRE(map->fed() < 100'000);
  }
  CHECK(map->results().ready_batches() == 64);
  ledger.set_workers(2);
  CHECK(ledger.may_feed(*map));
}

TEST_CASE("a map whose source has ended, is being asked or was cancelled is not fed") {
  Ledger ledger(rules());
  const auto map = open(ledger, a_request());
  map->filling = true;
  CHECK_FALSE(ledger.may_feed(*map));
  map->filling = false;
  CHECK(ledger.may_feed(*map));
  ledger.cancel(*map, false, {});
  CHECK_FALSE(ledger.may_feed(*map));
}

TEST_CASE("a receiver gets its one outcome, also where its item was never taken") {
  for (const bool breaks : {false, true}) {
    Ledger ledger(rules());
    Receiver receiver;
    MapRequest request = a_request();
    request.receiver = &receiver;
    const auto map = open(ledger, std::move(request));
    if (breaks) {
      ledger.end_all(ErrorKind::not_run, "not run");
      CHECK(map->settled());
    } else {
      ledger.cancel(*map, true, {});
    }
    REQUIRE(receiver.received == 1);
    REQUIRE(receiver.last.errors.size() == 1);
    CHECK(receiver.last.errors[0].kind == (breaks ? ErrorKind::not_run : ErrorKind::cancelled));
    CHECK(map->settled());
    CHECK_FALSE(map->results().has_batch());
  }
}

TEST_CASE("all items of a portion fail in the same way, each with its own index") {
  Ledger ledger(rules());
  MapRequest request = a_request();
  request.first_index = 7;
  request.index_stride = 3;
  const auto map = open(ledger, std::move(request));
  (void)take(ledger, map, 2);
  const Portion portion = take(ledger, map, 3, 30);
  ItemError error;
  error.kind = ErrorKind::stale_registry;
  error.held = 4;
  ledger.fail(portion, error);
  CHECK(map->results().failures() == 3);
  map->results().release_order();
  for (std::uint64_t position = 2; position < 5; ++position) {
    REQUIRE(map->results().has_batch());
    const ResultBatch batch = map->results().take_batch();
    CHECK(batch.first == position);
    REQUIRE(batch.errors.size() == 1);
    CHECK(batch.errors[0].index == 7 + 3 * position);
    CHECK(batch.errors[0].held == 4);
    CHECK(batch.errors[0].function == "test::identity");
  }
}

TEST_CASE("what is cancelled without outcomes is dropped, what was unread as well") {
  Ledger ledger(rules(1));
  const auto map = open(ledger, a_request());
  const Portion first = take(ledger, map, 4, 10);
  const Portion second = take(ledger, map, 2, 10);
  ledger.deliver(*map, values(ledger, first, 4));
  ledger.end(first);
  ledger.cancel(*map, false, {});
  CHECK_FALSE(map->results().has_batch());
  CHECK(map->in_flight() == 2);
  ledger.drop(second);
  CHECK(map->settled());
  CHECK(ledger.may_feed_more());
}

TEST_CASE("what a source still gives after the pool has broken ends as the rest") {
  Ledger ledger(rules());
  const auto map = open(ledger, a_request(false));
  map->filling = true;
  ledger.end_all(ErrorKind::not_run, "the pool broke");
  const Portion late = take(ledger, map, 1);
  map->filling = false;
  ledger.fail_as_ended(late);
  const ResultBatch batch = map->results().take_batch();
  REQUIRE(batch.errors.size() == 1);
  CHECK(batch.errors[0].message == "the pool broke");
  CHECK(map->cut_short);
  CHECK(map->settled());
}

TEST_CASE("the retries of a map are its own, or the pool's, and once is anybody's") {
  Ledger ledger(rules());
  MapRequest request = a_request();
  const auto usual = open(ledger, std::move(request));
  CHECK(ledger.retries_of(*usual) == 2);
  CHECK_FALSE(ledger.runs_once(*usual));
  MapRequest special = a_request();
  special.options.retries = 5;
  special.options.once = true;
  const auto own = open(ledger, std::move(special));
  CHECK(ledger.retries_of(*own) == 5);
  CHECK(ledger.runs_once(*own));
}

TEST_CASE("limits that can never be are refused when a map is opened") {
  Ledger ledger(rules());
  MapRequest negative = a_request();
  negative.options.timeout = -1s;
  CHECK_THROWS_AS(open(ledger, std::move(negative)), InvalidOption);
  MapRequest backwards = a_request();
  backwards.options.retries = -1;
  CHECK_THROWS_AS(open(ledger, std::move(backwards)), InvalidOption);
  CHECK(ledger.maps().all().empty());
}

TEST_CASE("each change of a time limit is told once to who asks") {
  Ledger ledger(rules());
  CHECK(ledger.time_limits().version() == 0);
  MapRequest request = a_request();
  request.options.timeout_percent = 300;
  auto map = open(ledger, std::move(request));
  const std::uint64_t opened = ledger.time_limits().version();
  CHECK(opened == 1);
  ledger.note_finished(*map, 0, 20, 20'000'000'000);
  CHECK(ledger.time_limits().version() == 2);
  int told = 0;
  ledger.time_limits().tell_since(opened, [&](const TimeLimits::Setting& setting) {
    ++told;
    CHECK(setting.number == map->time_limit->number());
    CHECK(setting.limit > 2900ms);
  });
  CHECK(told == 1);
  ledger.time_limits().tell_since(2, [&](const TimeLimits::Setting&) { ++told; });
  CHECK(told == 1);
}

TEST_CASE("the next map of one item is told what the one before has cost") {
  Ledger ledger(rules());
  Receiver receiver;
  MapRequest first = a_request();
  first.receiver = &receiver;
  const auto map = open(ledger, std::move(first));
  CHECK(map->cost.time_ns == 0);
  ledger.note_cost(*map, 1, 5000, 16);
  MapRequest second = a_request();
  second.receiver = &receiver;
  CHECK(open(ledger, std::move(second))->cost.time_ns == 5000);
}

}  // namespace forkmap::pool
