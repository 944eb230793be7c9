// SPDX-License-Identifier: Apache-2.0
//
// What maps are owed, and what is let in. No process is needed.
#include "core/map/ledger.hpp"

#include <forkmap/error.hpp>

#include "tests/catch.hpp"
#include "tests/map/ledger_kit.hpp"

using namespace std::chrono_literals;

namespace forkmap::pool {

namespace {

class Receiver final : public OutcomeReceiver {
 public:
  void receive(ResultBatch&& outcomes) noexcept override {
    ++received;
    last = std::move(outcomes);
  }
  int received = 0;
  ResultBatch last;
};

}  // namespace

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
  ledger.change_width(1);
  while (ledger.may_feed(*map)) {
    const Portion portion = take(ledger, map, 1);
    ledger.deliver(*map, values(ledger, portion, 1));
    ledger.end(portion);
    REQUIRE(map->fed() < 100'000);
  }
  CHECK(map->results().ready_batches() == 64);
  ledger.change_width(1);
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
  CHECK(ledger.settle_unwanted(late));
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

TEST_CASE("what a site has given back is taken again, the oldest first, and is in flight still") {
  Ledger ledger(rules());
  const auto map = open(ledger, a_request());
  for (const std::uint32_t count : {3U, 2U}) {
    Returned returned;
    static_cast<Portion&>(returned) = take(ledger, map, count, 10);
    ledger.give_back(std::move(returned));
  }
  CHECK(map->in_flight() == 5);
  const Returned first = ledger.take_returned();
  CHECK(first.count == 3);
  CHECK(first.accounted_bytes == 10);
  const Returned second = ledger.take_returned();
  CHECK(second.first == 3);
  CHECK_FALSE(ledger.has_returned());
}

TEST_CASE("what lies in the ledger when its map is cancelled, or comes later, is settled") {
  const bool give_outcomes = GENERATE(true, false);
  CAPTURE(give_outcomes);
  Ledger ledger(rules());
  const auto map = open(ledger, a_request());
  const auto other = open(ledger, a_request());
  Returned lies;
  static_cast<Portion&>(lies) = take(ledger, map, 3, 10);
  Returned comes;
  static_cast<Portion&>(comes) = take(ledger, map, 2, 10);
  Returned stays;
  static_cast<Portion&>(stays) = take(ledger, other, 1);
  ledger.give_back(std::move(stays));
  ledger.give_back(std::move(lies));
  ledger.cancel(*map, give_outcomes, {});
  CHECK(map->in_flight() == 2);
  ledger.give_back(std::move(comes));
  CHECK(map->settled());
  CHECK(map->results().unread_items() == (give_outcomes ? 5U : 0U));
  CHECK(ledger.take_returned().map == other);
}

TEST_CASE("the width of a pool is that of all its sites, and at least 1") {
  Ledger ledger(rules());
  CHECK(ledger.workers() == 1);
  ledger.change_width(3);
  ledger.change_width(2);
  CHECK(ledger.workers() == 5);
  ledger.change_width(-3);
  CHECK(ledger.workers() == 2);
  ledger.change_width(-2);
  CHECK(ledger.workers() == 1);
}

}  // namespace forkmap::pool
