// SPDX-License-Identifier: Apache-2.0
//
// Vectorized functions in workers: calls of many items, and what is left of them.
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/kit/temporary.hpp"
#include "tests/pool/engine_team.hpp"

namespace forkmap::testing {

namespace {

// A pool over the plugin `vectors`, with a log of the calls.
struct VectorTeam {
  explicit VectorTeam(PoolOptions options = {.workers = 1}) {
    registry.load(test_plugin_path("vectors"));
    options.parameters = {{"log", log.path()}};
    options.notice = [this](std::string_view text) { notices.emplace_back(text); };
    engine = std::make_unique<pool::Engine>(registry.table(), std::move(options));
  }

  Outcomes run(const std::string& function, std::int64_t first, std::int64_t count,
               MapOptions map = {}) {
    return read_all(*open_integers(*engine, registry, function, first, count, std::move(map)));
  }

  // Items of each call so far, in the order of the calls (of one worker).
  [[nodiscard]] std::vector<int> calls() const {
    std::vector<int> items;
    std::ifstream file(log.path());
    for (int count = 0; file >> count;) items.push_back(count);
    return items;
  }
  [[nodiscard]] int calls_of(int items) const {
    const std::vector<int> seen = calls();
    return static_cast<int>(std::ranges::count(seen, items));
  }

  tests::TemporaryFile log;
  Registry registry;
  std::vector<std::string> notices;
  std::unique_ptr<pool::Engine> engine;
};

}  // namespace

TEST_CASE("a crash in a call of many costs the guilty item, and nobody else an attempt") {
  const int workers = GENERATE(1, 2);
  const std::size_t chunk = GENERATE(0U, 1U, 2U, 10U, 50U);
  CAPTURE(workers, chunk);
  VectorTeam team({.workers = workers});
  const Outcomes outcomes = team.run("crash_on_three", 0, 50, {.chunk = chunk});
  CHECK(outcomes.count == 50);
  CHECK(outcomes.values.size() == 49);
  CHECK(std::ranges::all_of(outcomes.values, [](const auto& entry) {
    return entry.second == static_cast<std::int64_t>(entry.first);
  }));
  REQUIRE(outcomes.errors.size() == 1);
  const ItemError& error = outcomes.errors.at(3);
  CHECK(error.kind == ErrorKind::worker_died);
  CHECK(error.signal == SIGSEGV);
  CHECK(error.attempt == 2);
  CHECK(error.function == "vectors:crash_on_three");
  CHECK(outcomes.in_order);
}

TEST_CASE("after a crash the chunk is called item by item, and the next chunks whole again") {
  VectorTeam team;
  const Outcomes outcomes = team.run("crash_on_three", 0, 30, {.chunk = 10, .retries = 0});
  CHECK(outcomes.values.size() == 29);
  CHECK(outcomes.errors.at(3).attempt == 1);
  // Ten at once; three good ones and the guilty one; the six behind it; twice ten at once.
  CHECK(team.calls_of(10) == 3);
  CHECK(team.calls_of(1) == 10);
  CHECK(team.engine->workers().at(0).respawns == 2);
  CHECK(team.notices.empty());
}

TEST_CASE("several guilty items of one chunk are all found, each charged for itself") {
  VectorTeam team;
  const Outcomes outcomes = team.run("crash_on_three", 0, 400, {.chunk = 400});
  CHECK(outcomes.count == 400);
  CHECK(outcomes.values.size() == 396);
  for (const std::uint64_t guilty : {3U, 103U, 203U, 303U}) {
    REQUIRE(outcomes.errors.contains(guilty));
    CHECK(outcomes.errors.at(guilty).attempt == 2);
  }
  CHECK(team.calls_of(400) == 1);
  CHECK(team.notices.empty());  // one call of many died, however many its guilty items
}

TEST_CASE("a function whose calls of many die three times is called item by item from then on") {
  VectorTeam team;
  const Outcomes outcomes = team.run("crash_in_company", 0, 100, {.chunk = 10, .retries = 0});
  CHECK(outcomes.values.size() == 100);
  CHECK(outcomes.errors.empty());
  CHECK(team.calls_of(10) == 3);
  CHECK(team.calls_of(1) == 100);
  CHECK(team.engine->workers().at(0).respawns == 3);
  REQUIRE(team.notices.size() == 1);
  CHECK(team.notices[0].find("vectors:crash_in_company") != std::string::npos);
  CHECK(team.notices[0].find("SIGSEGV") != std::string::npos);

  SECTION("for the life of the pool") {
    CHECK(team.run("crash_in_company", 0, 100, {.chunk = 50}).values.size() == 100);
    CHECK(team.calls_of(1) == 200);
    CHECK(team.notices.size() == 1);
  }
  SECTION("but other functions are not") {
    CHECK(team.run("throw_on_three", 10, 20, {.chunk = 20}).values.size() == 20);
    CHECK(team.calls_of(20) == 1);
  }
}

TEST_CASE("deaths in calls of many are no reason to give up, however many in a row") {
  VectorTeam team({.workers = 4});
  const Outcomes outcomes = team.run("crash_in_company", 0, 400, {.chunk = 10});
  CHECK(outcomes.values.size() == 400);
  CHECK(outcomes.errors.empty());
}

TEST_CASE(
    "an exception in a call of many is the error of the guilty item alone, and no worker's end") {
  VectorTeam team;
  const Outcomes outcomes = team.run("throw_on_three", 0, 20, {.chunk = 10});
  CHECK(outcomes.values.size() == 19);
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.at(3).kind == ErrorKind::function_error);
  CHECK(outcomes.errors.at(3).message == "three is not allowed");
  CHECK(team.calls() == std::vector<int>{10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 10});
  CHECK(team.engine->workers().at(0).respawns == 0);
}

TEST_CASE("with once a vectorized function is called item by item from the start") {
  SECTION("for a map") {
    VectorTeam team;
    const Outcomes outcomes = team.run("crash_on_three", 0, 20, {.chunk = 10, .once = true});
    CHECK(outcomes.values.size() == 19);
    CHECK(outcomes.errors.at(3).attempt == 1);
    CHECK(team.calls() == std::vector<int>(20, 1));
  }
  SECTION("for a pool") {
    VectorTeam team({.workers = 1, .once = true});
    const Outcomes outcomes = team.run("kill_self_on_three", 0, 20, {.chunk = 20});
    CHECK(outcomes.values.size() == 19);
    CHECK(outcomes.errors.at(3).signal == SIGKILL);
    CHECK(team.calls() == std::vector<int>(20, 1));
  }
}

TEST_CASE("results that overflow the window halve the call, and nothing is lost") {
  VectorTeam team({.workers = 1, .window_bytes = 1 << 20});
  const Outcomes outcomes = team.run("grow", 200'000, 10, {.chunk = 10});
  CHECK(outcomes.texts.size() == 10);
  CHECK(outcomes.errors.empty());
  for (const auto& [position, text] : outcomes.texts) CHECK(text.size() == 200'000 + position);
  CHECK(team.calls_of(10) == 1);
  CHECK(team.calls_of(1) == 0);
}

TEST_CASE("only an item whose result does not fit an empty window is too large") {
  VectorTeam team({.workers = 1, .window_bytes = 1 << 20});
  const Outcomes outcomes = team.run("grow", 1'040'000, 8, {.chunk = 8});
  CHECK(outcomes.texts.size() + outcomes.errors.size() == 8);
  // The window less its columns and the place of an error text; what fits is found one by one.
  const Outcomes larger = team.run("grow", 1 << 20, 4, {.chunk = 4});
  CHECK(larger.errors.size() == 4);
  CHECK(std::ranges::all_of(larger.errors, [](const auto& entry) {
    return entry.second.kind == ErrorKind::payload_too_large;
  }));
}

TEST_CASE("text tasks call a vectorized function for stretches of good lines") {
  VectorTeam team({.workers = 1});
  const auto run_lines = [&](std::vector<std::string> lines) {
    pool::MapRequest request;
    request.function = &team.registry.table().resolve("vectors:crash_on_three");
    request.source = std::make_unique<LineSource>(std::move(lines));
    request.text = types::TextRules{};
    request.options.chunk = 10;
    return read_all(*team.engine->open(std::move(request)));
  };
  const Outcomes good = run_lines({"1", "2", "x", "4", "5", "6"});
  CHECK(good.texts.size() == 5);
  CHECK(good.errors.at(2).kind == ErrorKind::bad_item);
  CHECK(std::ranges::max(team.calls()) <= 3);
  const Outcomes bad = run_lines({"1", "2", "x", "4", "3", "6", "7"});
  // The host prints what a dead worker had not.
  CHECK(bad.texts.size() + bad.values.size() == 5);
  CHECK(bad.errors.at(2).kind == ErrorKind::bad_item);
  REQUIRE(bad.errors.at(4).kind == ErrorKind::worker_died);
  CHECK(bad.errors.at(4).attempt == 2);
}

TEST_CASE("a call of many that is cancelled ends all its items as cancelled") {
  VectorTeam team({.workers = 1});
  auto map = open_integers(*team.engine, team.registry, "spin_on_three", 0, 10, {.chunk = 10});
  while (team.calls().empty()) (void)team.engine->wait_step(std::chrono::milliseconds(1));
  pool::Engine::cancel_and_settle(*map, std::chrono::milliseconds(50));
  const Outcomes outcomes = read_all(*map);
  CHECK(outcomes.errors.size() == 10);
  CHECK(std::ranges::all_of(outcomes.errors, [](const auto& entry) {
    return entry.second.kind == ErrorKind::cancelled;
  }));
  CHECK(team.run("spin_on_three", 10, 10).values.size() == 10);
  CHECK(team.notices.empty());
}

}  // namespace forkmap::testing
