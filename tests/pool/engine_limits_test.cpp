// SPDX-License-Identifier: Apache-2.0
//
// Cancelling, recycling, and payloads that do not fit.
#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <map>

#include "tests/catch.hpp"
#include "tests/pool/engine_team.hpp"
#include "tests/pool/shared_counter.hpp"

namespace forkmap::testing {

namespace {

std::unique_ptr<ItemSource> lines(std::vector<std::string> values) {
  return std::make_unique<LineSource>(std::move(values));
}

std::shared_ptr<pool::Map> open_lines(pool::Engine& engine, const Registry& registry,
                                      const std::string& function, std::vector<std::string> values,
                                      MapOptions options = {}) {
  pool::MapRequest request;
  request.function = &registry.table().resolve(function);
  request.source = lines(std::move(values));
  request.options = options;
  return engine.open(std::move(request));
}

// Gives the values one by one to a function of one i64.
class ValueSource : public IntegerSource {
 public:
  explicit ValueSource(std::vector<std::int64_t> values)
      : IntegerSource(0, 0), values_(std::move(values)) {}
  Fill fill(InputBlock& block, std::size_t limit) override {
    auto* const out = static_cast<std::int64_t*>(block.columns[0].values);
    while (block.count < limit && next_ < values_.size()) out[block.count++] = values_[next_++];
    return next_ == values_.size() ? Fill::end : Fill::more;
  }

 private:
  std::vector<std::int64_t> values_;
  std::size_t next_ = 0;
};

}  // namespace

TEST_CASE("a cancelled map stops an item that would run for ever") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 2});
  {
    const auto map = open_integers(engine, registry, "hang_on_three", 1, 1000, {.chunk = 10});
    while (engine.workers().at(0).state != WorkerState::running &&
           engine.workers().at(1).state != WorkerState::running) {
      engine.wait_step(std::chrono::milliseconds(1));
    }
    pool::Engine::cancel(*map);
  }
  // Both workers are of use again.
  const Outcomes outcomes = read_all(*open_integers(engine, registry, "pid", 1, 200));
  CHECK(outcomes.count == 200);
  while (engine.workers().at(0).state != WorkerState::idle ||
         engine.workers().at(1).state != WorkerState::idle) {
    engine.wait_step(std::chrono::milliseconds(10));
  }
}

TEST_CASE("cancelling with outcomes gives one for each item that was taken") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 2});
  const auto map = open_integers(engine, registry, "hang_on_three", 3, 1);
  while (engine.workers().at(0).state != WorkerState::running &&
         engine.workers().at(1).state != WorkerState::running) {
    engine.wait_step(std::chrono::milliseconds(1));
  }
  pool::Engine::cancel_and_settle(*map);
  const Outcomes outcomes = read_all(*map);
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.at(0).kind == ErrorKind::cancelled);
}

TEST_CASE("workers are recycled after so many items (A6)") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 1, .recycle_after_items = 2});
  const Outcomes outcomes = read_all(*open_integers(engine, registry, "pid", 1, 10));
  REQUIRE(outcomes.values.size() == 10);
  std::map<std::int64_t, int> items_by_pid;
  for (const auto& [position, pid] : outcomes.values) ++items_by_pid[pid];
  CHECK(items_by_pid.size() >= 5);
  for (const auto& [pid, items] : items_by_pid) CHECK(items <= 2);
}

TEST_CASE("a result that does not fit an empty window is that item's error alone") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 2, .window_bytes = 1U << 20U});
  pool::MapRequest request;
  const std::size_t chunk = GENERATE(1U, 4U);
  const auto map = open_integers(engine, registry, "grow", 400'000, 1, {.chunk = chunk});
  CHECK(read_all(*map).texts.at(0).size() == 400'000);
  // 900 kB fit alone, not together; 1.1 MB never does.
  std::vector<std::int64_t> sizes{900'000, 900'000, 1'100'000, 10, 900'000};
  request.function = &registry.table().resolve("grow");
  request.source = std::make_unique<ValueSource>(sizes);
  request.options.chunk = chunk;
  const Outcomes outcomes = read_all(*engine.open(std::move(request)));
  CHECK(outcomes.count == 5);
  CHECK(outcomes.texts.size() == 4);
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.at(2).kind == ErrorKind::payload_too_large);
  CHECK_THAT(outcomes.errors.at(2).message, Catch::Contains("1100000"));
}

TEST_CASE("windows of any wanted size become windows that there is room for") {
  const std::size_t wanted = GENERATE(std::size_t{1}, SIZE_MAX / 2 + 1, SIZE_MAX);
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 1, .window_bytes = wanted});
  const auto map = open_integers(engine, registry, "square", 1, 1000);
  const Outcomes outcomes = read_all(*map);
  CHECK(outcomes.errors.empty());
  CHECK(outcomes.values.size() == 1000);
}

TEST_CASE("an input that does not fit an empty window is that item's error alone") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 2, .window_bytes = 1U << 20U});
  const Outcomes outcomes =
      read_all(*open_lines(engine, registry, "echo",
                           {"a", std::string(2'000'000, 'x'), std::string(500'000, 'y'),
                            std::string(900'000, 'z'), "b"}));
  CHECK(outcomes.count == 5);
  CHECK(outcomes.texts.size() == 4);
  CHECK(outcomes.texts.at(3).size() == 900'000);
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.at(1).kind == ErrorKind::payload_too_large);
}

TEST_CASE("a slow item first does not hold up the others, in order or not (A25)") {
  // The first item ends when all others have, but for the two that may stand behind it for good.
  constexpr int kOthers = 100;
  const SharedCounter ended;
  Registry registry;
  registry.add("first_waits", [&ended](std::int64_t x) {
    while (x == 0 && *ended < kOthers - 2) ::usleep(1000);
    ::usleep(1000);
    ended->fetch_add(1);
    return x;
  });
  pool::Engine engine(registry.table(), {.workers = 2});
  pool::MapRequest request;
  request.function = &registry.table().resolve("first_waits");
  request.source = std::make_unique<IntegerSource>(0, kOthers + 1);
  request.ordered = GENERATE(true, false);
  const auto map = engine.open(std::move(request));
  const Outcomes outcomes = read_all(*map);
  CHECK(outcomes.count == 101);
  CHECK(outcomes.errors.empty());
  // The worker of the slow item ran next to nothing else: the other took even what stood behind it.
  int beside = 0;
  for (const auto& [position, pid] : outcomes.pids) beside += pid == outcomes.pids.at(0) ? 1 : 0;
  CHECK(beside <= 3);
}

TEST_CASE("ten payloads of 16 MiB that crash at entry are ten errors and no hang (A23)") {
  Registry registry;
  registry.add("crash", [](std::string_view text) -> std::int64_t {
    if (!text.empty()) ::kill(::getpid(), SIGSEGV);
    return 0;
  });
  pool::Engine engine(registry.table(), {.workers = 2, .retries = 0});
  const Outcomes outcomes = read_all(*open_lines(
      engine, registry, "crash", std::vector<std::string>(10, std::string(16U << 20U, 'x'))));
  CHECK(outcomes.count == 10);
  REQUIRE(outcomes.errors.size() == 10);
  for (const auto& [position, error] : outcomes.errors) {
    CHECK(error.kind == ErrorKind::worker_died);
    CHECK(error.signal == SIGSEGV);
  }
}

}  // namespace forkmap::testing
