// SPDX-License-Identifier: Apache-2.0
//
// What becomes of an item whose run entry reports its outcome in a right or a wrong way.
#include "core/plugin/serial_call.hpp"
#include "core/types/item_status.hpp"
#include "tests/catch.hpp"
#include "tests/pool/engine_team.hpp"

namespace forkmap::testing {

namespace {

struct ReportCase {
  const char* function;
  ErrorKind kind;
  std::string message;
};

std::string hand() { return std::string(types::fixed_text(types::kStatusByHand)); }
std::string left_out() { return std::string(types::fixed_text(types::kNoStatus)); }

}  // namespace

TEST_CASE("each way to report an outcome gives one of plugin-abi.md") {
  Registry registry;
  registry.load(test_plugin_path("statuses"));
  pool::Engine engine(registry.table(), {.workers = 1});
  const auto report = GENERATE_COPY(values<ReportCase>({
      {"fails", ErrorKind::function_error, "12 is too much"},
      {"bad", ErrorKind::bad_item, "12 is too much"},
      {"large", ErrorKind::function_error, "12 is too much"},
      {"stale", ErrorKind::function_error, "12 is too much"},
      {"value", ErrorKind::function_error, "12 is too much"},
      {"nonsense", ErrorKind::function_error, "12 is too much"},
      {"hand_bad", ErrorKind::function_error, hand()},
      {"hand_stale", ErrorKind::function_error, hand()},
      {"hand_99", ErrorKind::function_error, hand()},
      {"left_out", ErrorKind::function_error, left_out()},
  }));
  const bool is_text = GENERATE(false, true);
  // The second time the window has the statuses of the first.
  for (int round = 0; round < 2; ++round) {
    const std::string function = std::string(report.function) + (is_text ? "_text" : "");
    CAPTURE(function, round);
    if (round == 1) (void)read_all(*open_integers(engine, registry, "no_text", 4, 5));
    const Outcomes outcomes =
        read_all(*open_integers(engine, registry, function, 1, 5, {.chunk = 5}));
    REQUIRE(outcomes.errors.size() == 1);
    const ItemError& error = outcomes.errors.at(2);
    CHECK(error.kind == report.kind);
    CHECK(error.message == report.message);
    CHECK_FALSE(error.column);
    for (const std::uint64_t item : {0U, 1U, 3U, 4U}) {
      if (is_text) {
        CHECK(outcomes.texts.at(item) == std::string(item + 1, 'x'));
      } else {
        CHECK(outcomes.values.at(item) == static_cast<std::int64_t>(item) + 1);
      }
    }
  }
  CHECK(engine.workers().at(0).respawns == 0);
}

TEST_CASE("the status of a value without the value is an error of that item alone") {
  Registry registry;
  registry.load(test_plugin_path("statuses"));
  pool::Engine engine(registry.table(), {.workers = 1});
  const std::int64_t first = GENERATE(1, 2, 3);  // it is the third, second or first of three
  const Outcomes outcomes =
      read_all(*open_integers(engine, registry, "no_text", first, 3, {.chunk = 3}));
  REQUIRE(outcomes.errors.size() == 1);
  const auto place = static_cast<std::uint64_t>(3 - first);
  CHECK(outcomes.errors.at(place).message == types::fixed_text(types::kNoResult));
  for (const auto& [position, text] : outcomes.texts) {
    CHECK(text.size() == static_cast<std::size_t>(first) + position);
  }
  CHECK(engine.workers().at(0).respawns == 0);
}

}  // namespace forkmap::testing
