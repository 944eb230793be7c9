// SPDX-License-Identifier: Apache-2.0
//
// Limits by number, and those that follow a median; no process is needed.
#include "core/map/time_limits.hpp"

#include <algorithm>
#include <forkmap/error.hpp>

#include "tests/catch.hpp"

using namespace std::chrono_literals;

namespace forkmap::pool {

TEST_CASE("a limit in percent acts once ten items have finished, and follows the median") {
  TimeLimit limit(1, {.percent = 300});
  CHECK_FALSE(limit.note_finished(kItemsBeforeMedianLimit - 1, 9 * 1'000'000'000ULL));
  CHECK(limit.now() == 0ns);
  CHECK(limit.note_finished(1, 1'000'000'000));
  CHECK(limit.now() > 2900ms);
  CHECK(limit.now() < 3100ms);
  // Nothing is to be told when nothing changes.
  CHECK_FALSE(limit.note_finished(10, 10'000'000'000));
  CHECK(limit.note_finished(100, 200'000'000'000));
  CHECK(limit.now() > 5800ms);
}

TEST_CASE("a limit in percent of very short items is no shorter than a tenth of a second") {
  TimeLimit limit(1, {.percent = 300});
  CHECK(limit.note_finished(1000, 1000));
  CHECK(limit.now() == kShortestMedianLimit);
}

TEST_CASE("with both kinds the shorter limit counts") {
  TimeLimit limit(1, {.fixed = 2s, .percent = 300});
  CHECK(limit.now() == 2s);
  CHECK_FALSE(limit.note_finished(20, 20'000'000'000));
  CHECK(limit.now() == 2s);
  CHECK(limit.note_finished(1000, 100'000'000'000));
  CHECK(limit.now() < 350ms);
}

TEST_CASE("maps with the same limit share its number, and a number that is free is used again") {
  TimeLimits limits;
  CHECK(limits.get({}) == nullptr);
  const auto first = limits.get({.fixed = 1s});
  CHECK(limits.get({.fixed = 1s}) == first);
  auto second = limits.get({.fixed = 2s});
  CHECK(second->number() != first->number());
  // Each map has a median of its own.
  CHECK(limits.get({.percent = 300})->number() != limits.get({.percent = 300})->number());
  const std::uint32_t number = second->number();
  second.reset();
  const std::uint64_t before = limits.version();
  limits.sweep();
  std::vector<std::uint32_t> told;
  limits.tell_since(before, [&](const TimeLimits::Setting& setting) {
    CHECK(setting.limit == 0ns);
    told.push_back(setting.number);
  });
  CHECK(std::ranges::count(told, number) == 1);
  CHECK(std::ranges::count(told, first->number()) == 0);
  const std::uint64_t after = limits.version();
  limits.sweep();
  CHECK(limits.version() == after);
  CHECK(limits.get({.fixed = 3s})->number() == number);
  told.clear();
  limits.tell_since(0, [&](const TimeLimits::Setting& setting) {
    CHECK(setting.limit == (setting.number == first->number() ? 1s : 0s));
    told.push_back(setting.number);
  });
  CHECK(std::ranges::count(told, first->number()) == 1);
}

TEST_CASE("limits that can never be, and too many at once, are refused") {
  TimeLimits limits;
  CHECK_THROWS_AS(limits.get({.fixed = -1s}), InvalidOption);
  CHECK_THROWS_AS(limits.get({.percent = -1}), InvalidOption);
  CHECK_THROWS_AS(limits.get({.percent = 100}), InvalidOption);
  std::vector<std::shared_ptr<TimeLimit>> held;
  for (std::uint32_t i = 0; i < base::kMostTimeLimits; ++i) {
    held.push_back(limits.get({.fixed = std::chrono::seconds(i + 1)}));
  }
  CHECK_THROWS_AS(limits.get({.fixed = 1h}), InvalidOption);
  held.pop_back();
  CHECK(limits.get({.fixed = 1h}) != nullptr);
}

}  // namespace forkmap::pool
