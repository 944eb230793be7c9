// SPDX-License-Identifier: Apache-2.0
//
// This process as a site, whose user code uses the site meanwhile, or throws: N items in, N
// outcomes out.
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/serial/serial_pool.hpp"
#include "core/serial/serial_site.hpp"
#include "tests/catch.hpp"
#include "tests/site/made_up_site.hpp"
#include "tests/site/serial_case.hpp"

namespace forkmap::testing {

namespace {

// Does something else, once, before it returns with what its source has written.
class Meddling final : public ItemSource {
 public:
  Meddling(std::unique_ptr<ItemSource> source, std::function<void()> meddle)
      : source_(std::move(source)), meddle_(std::move(meddle)) {}
  Fill fill(InputBlock& block, std::size_t limit) override {
    const Fill fill = source_->fill(block, limit);
    if (meddle_) std::exchange(meddle_, nullptr)();
    return fill;
  }
  std::uint64_t skip_too_large() override { return 0; }

 private:
  std::unique_ptr<ItemSource> source_;
  std::function<void()> meddle_;
};

// One item, then one that failed, whose error cannot be had at first.
class FailingError final : public ItemSource {
 public:
  Fill fill(InputBlock& block, std::size_t limit) override {
    if (given_ == 2) return Fill::end;
    if (given_ == 0 && limit > 0) {
      static_cast<std::int64_t*>(block.columns[0].values)[block.count++] = 3;
      given_ = 1;
    }
    return Fill::failed;
  }
  ItemError take_error() override {
    if (!std::exchange(has_thrown_, true)) throw std::runtime_error("no error at hand");
    given_ = 2;
    ItemError error;
    error.kind = ErrorKind::bad_item;
    return error;
  }
  std::uint64_t skip_too_large() override { return 0; }

 private:
  int given_ = 0;
  bool has_thrown_ = false;
};

// Throws at one item, once.
class ThrowingWatch final : public pool::SerialWatch {
 public:
  enum class Where : std::uint8_t { begin, end };
  ThrowingWatch(Where where, std::uint64_t index) : where_(where), index_(index) {}
  void begin(std::uint64_t index) override {
    present_ = index;
    throw_at(Where::begin);
  }
  void end() override { throw_at(Where::end); }

 private:
  Where where_;
  std::uint64_t index_;
  std::uint64_t present_ = 0;
  bool has_thrown_ = false;

  void throw_at(Where where) {
    if (where != where_ || present_ != index_ || std::exchange(has_thrown_, true)) return;
    throw std::runtime_error("the watch stopped");
  }
};

}  // namespace

TEST_CASE("a source may have other items run while it is asked") {
  const bool is_text = GENERATE(true, false);
  CAPTURE(is_text);
  SerialCase made;
  pool::SerialPool pool(made.registry.serial_session());
  const auto request = [&](std::int64_t item, std::uint64_t letters) {
    return is_text ? made.lines("echo", {std::string(letters, 'x')})
                   : made.request("square", std::make_unique<Integers>(item, 1));
  };
  std::shared_ptr<pool::Map> inner;
  pool::MapRequest asked = request(3, 5);
  asked.source = std::make_unique<Meddling>(std::move(asked.source), [&] {
    inner = pool.open(request(4, 200'000));
    while (pool.step()) continue;
  });
  const auto outer = pool.open(std::move(asked));
  while (pool.step()) continue;
  ResultBatch first;
  ResultBatch second;
  REQUIRE(pool.next(*outer, first));
  REQUIRE(pool.next(*inner, second));
  if (is_text) {
    CHECK(text_of(first) == std::string(5, 'x'));
    CHECK(text_of(second) == std::string(200'000, 'x'));
  } else {
    CHECK(*static_cast<const std::int64_t*>(first.columns.at(0).values) == 9);
    CHECK(*static_cast<const std::int64_t*>(second.columns.at(0).values) == 16);
  }
}

TEST_CASE("a function may have other items run while it runs") {
  SerialCase made;
  std::function<void()> run_others;
  made.registry.add("outer", [&](std::int64_t x) {
    if (run_others) std::exchange(run_others, nullptr)();
    return x + 1;
  });
  made.registry.prepare_serial();
  pool::SerialPool pool(made.registry.serial_session());
  std::shared_ptr<pool::Map> inner;
  run_others = [&] {
    inner = pool.open(made.request("outer", std::make_unique<Integers>(10, 3)));
    while (pool.step()) continue;
  };
  const auto outer = pool.open(made.request("outer", std::make_unique<Integers>(3, 1)));
  while (pool.step()) continue;
  ResultBatch batch;
  REQUIRE(pool.next(*outer, batch));
  CHECK(*static_cast<const std::int64_t*>(batch.columns.at(0).values) == 4);
  for (std::int64_t item = 10; item < 13; ++item) {
    REQUIRE(pool.next(*inner, batch));
    CHECK(*static_cast<const std::int64_t*>(batch.columns.at(0).values) == item + 1);
  }
}

TEST_CASE("a source may end, or pause, the site that asks it: what it gave is in the ledger") {
  const bool ends = GENERATE(true, false);
  const bool is_text = GENERATE(true, false);
  CAPTURE(ends, is_text);
  SerialCase made;
  const pool::Events events(nullptr);
  pool::Ledger ledger({.in_flight_bytes = UINT64_MAX});
  pool::SerialSite site(made.registry.serial_session(), ledger, events, nullptr);
  pool::SerialSite other(made.registry.serial_session(), ledger, events, nullptr);
  site.begin({});
  pool::MapRequest asked = is_text ? made.lines("square", {"3"})
                                   : made.request("square", std::make_unique<Integers>(3, 1));
  asked.source = std::make_unique<Meddling>(std::move(asked.source), [&] {
    if (ends) {
      site.end();
    } else {
      site.pause(true, {});
    }
  });
  const auto map = ledger.open({}, std::move(asked));
  CHECK(site.step(pool::Look::everything, pool::StepTime()));
  CHECK(made.calls == 0);
  REQUIRE(ledger.has_returned());
  CHECK_FALSE(site.step(pool::Look::everything, pool::StepTime()));
  other.begin({});
  CHECK(other.step(pool::Look::everything, pool::StepTime()));
  CHECK(made.calls == 1);
  REQUIRE(map->results().has_batch());
  const ResultBatch batch = map->results().take_batch();
  CHECK(*static_cast<const std::int64_t*>(batch.columns.at(0).values) == 9);
}

TEST_CASE("where something throws around an item, it has one outcome, and runs once") {
  const auto where = GENERATE(ThrowingWatch::Where::begin, ThrowingWatch::Where::end);
  const bool is_text = GENERATE(true, false);
  CAPTURE(where, is_text);
  SerialCase made;
  ThrowingWatch watch(where, 2);
  pool::SerialPool pool(made.registry.serial_session(), &watch);
  const auto map = pool.open(is_text ? made.lines("square", {"0", "1", "2", "3", "4"})
                                     : made.request("square", std::make_unique<Integers>(0, 5)));
  int thrown = 0;
  std::vector<ResultBatch> batches;
  for (int steps = 0; !pool::SerialPool::is_over(*map); ++steps) {
    REQUIRE(steps < 20);
    try {
      (void)pool.step();
    } catch (const std::runtime_error& error) {
      CHECK(std::string(error.what()) == "the watch stopped");
      ++thrown;
    }
    ResultBatch batch;
    while (pool.next(*map, batch)) batches.push_back(std::move(batch));
  }
  CHECK(thrown == 1);
  CHECK(made.calls == 5);
  REQUIRE(batches.size() == 5);
  for (std::int64_t item = 0; item < 5; ++item) {
    const ResultBatch& batch = batches[static_cast<std::size_t>(item)];
    if (where == ThrowingWatch::Where::end && item == 2) {
      CHECK(batch.errors.at(0).kind == ErrorKind::function_error);
      CHECK(batch.errors.at(0).message == "the watch stopped");
    } else {
      CHECK(*static_cast<const std::int64_t*>(batch.columns.at(0).values) == item * item);
    }
  }
}

TEST_CASE("an item is not lost though the error of the next one cannot be had") {
  SerialCase made;
  pool::SerialPool pool(made.registry.serial_session());
  const auto map = pool.open(made.request("square", std::make_unique<FailingError>()));
  CHECK_THROWS_AS(pool.step(), std::runtime_error);
  for (int steps = 0; !map->settled(); ++steps) {
    REQUIRE(steps < 10);
    (void)pool.step();
  }
  CHECK(map->outcomes() == 2);
  CHECK(map->results().failures() == 1);
  CHECK(made.calls == 1);
}

TEST_CASE("of what another site has given back a step runs one item, and what throws costs none") {
  MadeUpSite made(2);
  made.begin();
  made.registry.prepare_serial();
  const auto map = made.open("square", 0, 60, chunks_of(7));
  made.site->fail("the test wants it so");
  made.site->end();
  REQUIRE(made.ledger->has_returned());
  ThrowingWatch watch(ThrowingWatch::Where::begin, 10);
  pool::SerialSite serial(made.registry.serial_session(), *made.ledger, made.events, &watch);
  serial.begin(made.now);
  int thrown = 0;
  for (int steps = 0; !map->settled(); ++steps) {
    REQUIRE(steps < 100);
    const std::uint64_t before = map->outcomes();
    std::uint64_t ran = 0;
    try {
      ran = serial.step(pool::Look::everything, pool::StepTime(made.now)) ? 1 : 0;
    } catch (const std::runtime_error&) {
      ++thrown;
    }
    CHECK(map->outcomes() == before + ran);
  }
  CHECK(thrown == 1);
  check_squares(made.read(*map), 60);
}

TEST_CASE("what comes of a map whose receiver is forgotten is dropped") {
  class Unused final : public pool::OutcomeReceiver {
   public:
    void receive(ResultBatch&& /*outcomes*/) noexcept override { ++received; }
    int received = 0;
  };
  SerialCase made;
  pool::SerialPool pool(made.registry.serial_session());
  Unused receiver;
  pool::MapRequest request = made.request("square", std::make_unique<Integers>(3, 1));
  request.receiver = &receiver;
  const auto map = pool.open(std::move(request));
  map->forget_receiver();
  CHECK(pool.step());
  CHECK(made.calls == 1);
  CHECK(map->settled());
  CHECK(receiver.received == 0);
  CHECK_FALSE(map->results().has_batch());
}

}  // namespace forkmap::testing
