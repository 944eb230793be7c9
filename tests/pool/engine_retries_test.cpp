// SPDX-License-Identifier: Apache-2.0
//
// Who runs an item again whose worker died: a fresh worker, alone, before what was behind it.
#include <signal.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/pool/engine_team.hpp"

namespace forkmap::testing {

namespace {

std::vector<std::string> numbered_lines(int count) {
  std::vector<std::string> lines;
  for (int line = 0; line < count; ++line) lines.push_back("line " + std::to_string(line));
  return lines;
}

std::shared_ptr<pool::Map> open_text(pool::Engine& engine, const Registry& registry,
                                     const std::string& function, std::vector<std::string> lines,
                                     MapOptions options) {
  pool::MapRequest request;
  request.function = &registry.table().resolve(function);
  request.source = std::make_unique<LineSource>(std::move(lines));
  request.options = options;
  request.text = types::TextRules{};
  return engine.open(std::move(request));
}

bool all_are(const Outcomes& outcomes, ErrorKind kind, int attempt) {
  return std::ranges::all_of(outcomes.errors, [&](const auto& error) {
    return error.second.kind == kind && error.second.attempt == attempt;
  });
}

}  // namespace

// A function that dies on every item costs each item its attempts and nothing else. More deaths
// than there are lanes in the addresses of a process.
TEST_CASE("a function that dies on every item of long tasks costs each item its attempts") {
  Registry registry;
  registry.load(test_plugin_path("deadly"));
  pool::Engine engine(registry.table(), {.workers = 1});
  const Outcomes outcomes =
      read_all(*open_integers(engine, registry, "die", 1, 700, {.chunk = 450}));
  CHECK(outcomes.errors.size() == 700);
  CHECK(outcomes.in_order);
  CHECK(all_are(outcomes, ErrorKind::worker_died, 2));
}

TEST_CASE(
    "a function that dies on every item costs some workers as many attempts as there may be") {
  Registry registry;
  registry.load(test_plugin_path("deadly"));
  pool::Engine engine(registry.table(), {.workers = 4, .retries = 3});
  const Outcomes outcomes =
      read_all(*open_integers(engine, registry, "die", 1, 300, {.chunk = 200}));
  CHECK(outcomes.errors.size() == 300);
  CHECK(all_are(outcomes, ErrorKind::worker_died, 4));
}

TEST_CASE("a function that dies on every line of text costs each line its attempts") {
  Registry registry;
  registry.load(test_plugin_path("deadly"));
  pool::Engine engine(registry.table(), {.workers = 2});
  const Outcomes outcomes =
      read_all(*open_text(engine, registry, "die_of_text", numbered_lines(150), {.chunk = 120}));
  CHECK(outcomes.errors.size() == 150);
  CHECK(all_are(outcomes, ErrorKind::worker_died, 2));
}

TEST_CASE("the first item of a task has its outcome before the second has begun") {
  Registry registry;
  registry.load(test_plugin_path("deadly"));
  pool::Engine engine(registry.table(), {.workers = 1, .retries = 2});
  pool::MapRequest request;
  request.function = &registry.table().resolve("die");
  request.source = std::make_unique<IntegerSource>(1, 40);
  request.options.chunk = 30;
  request.ordered = false;
  const auto map = engine.open(std::move(request));
  CHECK(read_all(*map).in_order);
}

namespace {

// Runs `check` with pools of all kinds, for functions that can be called once in a process.
void with_each_pool(const std::function<void(pool::Engine&, const Registry&, std::size_t)>& check) {
  const int workers = GENERATE(1, 3);
  const std::size_t chunk = GENERATE(1U, 7U, 100U);
  const std::uint64_t recycle = GENERATE(0U, 3U);
  CAPTURE(workers, chunk, recycle);
  Registry registry;
  registry.load(test_plugin_path("deadly"));
  pool::Engine engine(registry.table(), {.workers = workers, .recycle_after_items = recycle});
  check(engine, registry, chunk);
}

}  // namespace

TEST_CASE("a function that can be called once in a process loses nothing") {
  with_each_pool([](pool::Engine& engine, const Registry& registry, std::size_t chunk) {
    const Outcomes outcomes =
        read_all(*open_integers(engine, registry, "only_once", 1, 40, {.chunk = chunk}));
    CHECK(outcomes.errors.empty());
    CHECK(outcomes.values.size() == 40);
  });
}

TEST_CASE("a function of lines that can be called once in a process loses nothing") {
  with_each_pool([](pool::Engine& engine, const Registry& registry, std::size_t chunk) {
    const auto lines = numbered_lines(40);
    const Outcomes outcomes =
        read_all(*open_text(engine, registry, "only_once_text", lines, {.chunk = chunk}));
    CHECK(outcomes.errors.empty());
    REQUIRE(outcomes.texts.size() == 40);
    for (std::size_t line = 0; line < lines.size(); ++line) {
      CHECK(outcomes.texts.at(line).starts_with(lines[line]));
    }
  });
}

TEST_CASE("a function of arrays that can be called once in a process loses nothing") {
  with_each_pool([](pool::Engine& engine, const Registry& registry, std::size_t chunk) {
    std::vector<std::string> lines;
    for (int line = 0; line < 30; ++line)
      lines.push_back(std::string(static_cast<std::size_t>(line % 4), '1') + "1.5,2");
    const Outcomes outcomes =
        read_all(*open_text(engine, registry, "only_once_array", lines, {.chunk = chunk}));
    CHECK(outcomes.errors.empty());
    for (std::size_t line = 0; line < lines.size(); ++line) {
      // What was kept of a dead worker's task comes as columns.
      const std::string& text = outcomes.texts.at(line);
      std::array<double, 2> values{};
      if (text.size() == sizeof values) std::memcpy(values.data(), text.data(), sizeof values);
      CHECK((text == lines[line] + "\n" || values == std::array{std::stod(lines[line]), 2.0}));
    }
  });
}

TEST_CASE("a retry is the first that its worker runs, whatever becomes of the pool meanwhile") {
  Registry registry;
  registry.load(test_plugin_path("deadly"));
  pool::Engine engine(registry.table(), {.workers = 3});
  // Negative items die where others ran before them.
  const auto map = open_integers(engine, registry, "calls_before", -200, 200, {.chunk = 20});
  const std::string event = GENERATE("nothing", "resized", "renewed", "zygote killed");
  CAPTURE(event);
  Outcomes outcomes;
  int batches = 0;
  while (read_some(*map, outcomes)) {
    ++batches;
    if (event == "resized" && batches % 20 == 10) engine.resize(batches % 40 == 10 ? 1 : 3);
    if (event == "renewed" && batches % 40 == 20) engine.refork();
    if (event == "zygote killed" && batches % 60 == 20 && engine.zygote_pid() > 0) {
      ::kill(engine.zygote_pid(), SIGKILL);
    }
  }
  CHECK(outcomes.count == 200);
  CHECK(outcomes.errors.empty());
  CHECK(std::ranges::all_of(outcomes.values, [](const auto& value) { return value.second == 0; }));
}

}  // namespace forkmap::testing
