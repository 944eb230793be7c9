// SPDX-License-Identifier: Apache-2.0
//
// Random operations on a ledger: whatever a site does with portions, each position is settled once
// and the books come to zero. No process is needed.
#include <cstddef>
#include <map>
#include <random>
#include <vector>

#include "tests/catch.hpp"
#include "tests/map/ledger_kit.hpp"

namespace forkmap::pool {

namespace {

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
    if (breaks) CHECK_FALSE(ledger_.has_returned());
    while (ledger_.has_returned()) take_returned();
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
  std::vector<Portion> returned_;  // as they should lie in the ledger

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
        if (!known.map->source_ended)
          ledger_.refuse_next(*known.map, known.map->next_index(), ItemError{});
        return;
      case 2:
        if (below(8) == 0) ledger_.maps().end_source(*known.map);
        return;
      case 3:
        if (below(8) != 0) return;
        ledger_.cancel(*known.map, below(2) == 0, {});
        std::erase_if(returned_, [&](const Portion& other) { return other.map == known.map; });
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
      case 11:
        if (!portions_.empty()) give_back(below(portions_.size()));
        return;
      case 12:
        if (ledger_.has_returned()) take_returned();
        return;
      default:
        if (!portions_.empty()) settle(below(portions_.size()), below(4) == 0);
        return;
    }
  }

  void give_back(std::size_t which) {
    Returned returned;
    static_cast<Portion&>(returned) = portions_[which];
    portions_.erase(portions_.begin() + static_cast<std::ptrdiff_t>(which));
    if (!returned.map->cancelled && !returned.map->cancelling) returned_.push_back(returned);
    ledger_.give_back(std::move(returned));
  }

  void take_returned() {
    const Returned returned = ledger_.take_returned();
    REQUIRE(returned.map == returned_.front().map);
    REQUIRE(returned.first == returned_.front().first);
    returned_.erase(returned_.begin());
    portions_.push_back(returned);
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
      for (const Portion& portion : returned_) {
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

}  // namespace forkmap::pool
