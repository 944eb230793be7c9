// SPDX-License-Identifier: Apache-2.0
#include <sched.h>

#include <csignal>

#include "tests/catch.hpp"
#include "tests/pool/engine_team.hpp"

namespace forkmap::testing {

TEST_CASE("a map gives the square of each item, in order") {
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 2});
  const auto map = open_integers(engine, registry, "square", 1, 5);
  const Outcomes outcomes = read_all(*map);
  CHECK(outcomes.in_order);
  CHECK(outcomes.errors.empty());
  CHECK(outcomes.values ==
        std::map<std::uint64_t, std::int64_t>{{0, 1}, {1, 4}, {2, 9}, {3, 16}, {4, 25}});
}

TEST_CASE("a large map is right and in order, whatever the chunk") {
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 2});
  const std::size_t chunk = GENERATE(0U, 1U, 7U, 5000U);
  const auto map = open_integers(engine, registry, "square", 1, 200000, {.chunk = chunk});
  const Outcomes outcomes = read_all(*map);
  CHECK(outcomes.in_order);
  CHECK(outcomes.count == 200000);
  std::int64_t wrong = 0;
  for (const auto& [position, value] : outcomes.values) {
    const auto item = static_cast<std::int64_t>(position) + 1;
    if (value != item * item) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(engine.rescues() == 0);
}

TEST_CASE("an empty map ends at once") {
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 2});
  const auto map = open_integers(engine, registry, "square", 1, 0);
  CHECK(read_all(*map).count == 0);
}

TEST_CASE("two maps are open at once and do not disturb each other") {
  Registry registry;
  registry.load(plugin_path("arith"));
  registry.load(plugin_path("powers"));
  pool::Engine engine(registry.table(), {.workers = 2});
  const auto squares = open_integers(engine, registry, "square", 0, 10000);
  const auto cubes = open_integers(engine, registry, "cube", 0, 10000);
  Outcomes of_squares;
  Outcomes of_cubes;
  bool more = true;
  while (more) {
    more = read_some(*squares, of_squares);
    more = read_some(*cubes, of_cubes) || more;
  }
  CHECK(of_squares.values.at(9999) == 9999LL * 9999);
  CHECK(of_cubes.values.at(9999) == 9999LL * 9999 * 9999);
  CHECK(of_squares.count == 10000);
  CHECK(of_cubes.count == 10000);
}

TEST_CASE("text tasks parse lines, print results, and say what is bad") {
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 2});
  pool::MapRequest request;
  request.function = &registry.table().resolve("square");
  request.source = std::make_unique<LineSource>(std::vector<std::string>{"1", "x", "3"});
  request.text = types::TextRules{};
  const auto map = engine.open(std::move(request));
  const Outcomes outcomes = read_all(*map);
  CHECK(outcomes.texts == std::map<std::uint64_t, std::string>{{0, "1\n"}, {2, "9\n"}});
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.at(1).kind == ErrorKind::bad_item);
  CHECK(outcomes.errors.at(1).column == 0U);
  CHECK_THAT(outcomes.errors.at(1).message, Catch::Contains("\"x\""));
}

TEST_CASE("a text map's batches have what its reader asked for, and columns where a worker died") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 2, .retries = 0});
  const auto wanted =
      GENERATE(pool::TextResults::columns, pool::TextResults::block, pool::TextResults::lines);
  pool::MapRequest request;
  request.function = &registry.table().resolve("crash_on_three");
  request.source =
      std::make_unique<LineSource>(std::vector<std::string>{"1", "2", "x", "4", "3", "5", "6"});
  request.options.chunk = GENERATE(1U, 7U);
  request.text = types::TextRules{};
  request.text_results = wanted;
  const auto map = engine.open(std::move(request));

  std::string text;
  std::vector<std::int64_t> values;
  std::vector<ErrorKind> errors;
  ResultBatch batch;
  while (pool::Engine::next(*map, batch, pool::Wait::block) == pool::Next::batch) {
    for (const ItemError& error : batch.errors) errors.push_back(error.kind);
    if (batch.text != nullptr) {
      CHECK(wanted != pool::TextResults::columns);
      CHECK(batch.columns.empty());
      CHECK((batch.text_ends != nullptr) == (wanted == pool::TextResults::lines));
      if (batch.text_ends != nullptr) CHECK(batch.text_ends[batch.count - 1] == batch.text_bytes);
      text.append(reinterpret_cast<const char*>(batch.text), batch.text_bytes);
      continue;
    }
    for (std::uint32_t item = 0; item < batch.count; ++item) {
      if (batch.status[item] != FORKMAP_STATUS_VALUE) continue;
      REQUIRE(batch.columns.size() == 1);
      values.push_back(static_cast<const std::int64_t*>(batch.columns[0].values)[item]);
      text += std::to_string(values.back()) + "\n";
    }
  }
  CHECK(text == "1\n2\n4\n5\n6\n");
  CHECK(errors == std::vector{ErrorKind::bad_item, ErrorKind::worker_died});
  if (wanted == pool::TextResults::columns) CHECK(values.size() == 5);
}

TEST_CASE("a worker becomes a batch process with its first text task, if nobody set a policy") {
  Registry registry;
  registry.add("policy", [](std::int64_t) -> std::int64_t { return ::sched_getscheduler(0); });
  pool::Engine engine(registry.table(), {.workers = 1});
  const int before = ::sched_getscheduler(0);
  const auto numbers = open_integers(engine, registry, "policy", 0, 1);
  CHECK(read_all(*numbers).values.at(0) == before);

  pool::MapRequest request;
  request.function = &registry.table().resolve("policy");
  request.source = std::make_unique<LineSource>(std::vector<std::string>{"1"});
  request.text = types::TextRules{};
  const auto lines = engine.open(std::move(request));
  const int after = before == SCHED_OTHER ? SCHED_BATCH : before;
  CHECK(read_all(*lines).texts.at(0) == std::to_string(after) + "\n");
}

TEST_CASE("a crash costs one item") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 2});
  const std::size_t chunk = GENERATE(0U, 1U, 5U);
  const auto map = open_integers(engine, registry, "crash_on_three", 1, 5, {.chunk = chunk});
  const Outcomes outcomes = read_all(*map);
  CHECK(outcomes.in_order);
  CHECK(outcomes.values == std::map<std::uint64_t, std::int64_t>{{0, 1}, {1, 2}, {3, 4}, {4, 5}});
  REQUIRE(outcomes.errors.size() == 1);
  const ItemError& error = outcomes.errors.at(2);
  CHECK(error.kind == ErrorKind::worker_died);
  CHECK(error.signal == 11);
  CHECK(error.attempt == 2);
  CHECK(error.pid > 0);
  CHECK(error.index == 2);
}

TEST_CASE("a function that is newer than the pool is found missing by the worker") {
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 2});
  registry.load(plugin_path("powers"));
  const Outcomes cubes = read_all(*open_integers(engine, registry, "cube", 1, 5));
  CHECK(cubes.values.empty());
  REQUIRE(cubes.errors.size() == 5);
  for (const auto& [position, error] : cubes.errors) {
    CHECK(error.kind == ErrorKind::stale_registry);
    CHECK(error.needed == 2);
    CHECK(error.held == 1);
    CHECK(error.pid > 0);
  }
  const Outcomes squares = read_all(*open_integers(engine, registry, "square", 1, 5));
  CHECK(squares.values.at(4) == 25);

  SECTION("a second pool has it") {
    pool::Engine second(registry.table(), {.workers = 2});
    CHECK(read_all(*open_integers(second, registry, "cube", 1, 5)).values.at(4) == 125);
  }
  SECTION("refork cures it") {
    engine.refork();
    CHECK(engine.generation() == 2);
    CHECK(read_all(*open_integers(engine, registry, "cube", 1, 5)).values.at(4) == 125);
  }
}

TEST_CASE("OnStale::refork heals by itself") {
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 2, .on_stale = OnStale::refork});
  registry.load(plugin_path("powers"));
  const Outcomes cubes = read_all(*open_integers(engine, registry, "cube", 1, 100));
  CHECK(cubes.errors.empty());
  CHECK(cubes.values.size() == 100);
  CHECK(cubes.values.at(4) == 125);
  CHECK(engine.generation() == 2);
}

TEST_CASE("the zygote is killed and the map goes on") {
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 2});
  const auto map = open_integers(engine, registry, "square", 1, 300000, {.chunk = 10});
  Outcomes outcomes;
  for (int steps = 0; steps < 100; ++steps) REQUIRE(read_some(*map, outcomes));
  const pid_t zygote = engine.zygote_pid();
  ::kill(zygote, SIGKILL);
  while (read_some(*map, outcomes)) {
  }
  CHECK(outcomes.count == 300000);
  CHECK(outcomes.errors.empty());
  CHECK(engine.zygote_pid() != zygote);
}

}  // namespace forkmap::testing
