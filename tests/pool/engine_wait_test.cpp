// SPDX-License-Identifier: Apache-2.0
// The engine's own wait: it does not sleep if, before that, something has come that is waited for.

#include <unistd.h>

#include <forkmap/error.hpp>
#include <stdexcept>

#include "tests/catch.hpp"
#include "tests/pool/engine_team.hpp"

namespace forkmap::testing {

namespace {

// Has nothing at hand for so many times; then it is at its end, in one way or the other.
class EndingSource : public ItemSource {
 public:
  EndingSource(int pauses, bool throws) : pauses_(pauses), throws_(throws) {}

  Fill fill(InputBlock&, std::size_t) override {
    if (pauses_-- > 0) return Fill::pause;
    if (throws_) throw std::runtime_error("the source is broken");
    return Fill::end;
  }
  std::uint64_t skip_too_large() override { return 0; }

 private:
  int pauses_;
  bool throws_;
};

}  // namespace

TEST_CASE("a source that ends at any look, and gave nothing, ends its map") {
  ::alarm(60);  // a watchdog
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 2});
  const bool throws = GENERATE(false, true);
  const int pauses = GENERATE(range(0, 12));
  CAPTURE(throws, pauses);
  pool::MapRequest request;
  request.function = &registry.table().resolve("square");
  request.source = std::make_unique<EndingSource>(pauses, throws);
  const auto map = engine.open(std::move(request));
  ResultBatch batch;
  // Whoever has nothing at hand is asked again at each step; a wait of no time makes some.
  const auto next = [&] {
    while (!pool::Engine::has_next(*map)) engine.wait_step({});
    return pool::Engine::next(*map, batch, pool::Wait::no);
  };
  if (throws) {
    CHECK_THROWS_AS(next(), std::runtime_error);
  } else {
    CHECK(next() == pool::Next::end);
  }
  ::alarm(0);
}

TEST_CASE("the end of a map that comes in the look before a sleep is no reason to sleep") {
  ::alarm(60);  // a watchdog: whoever sleeps here does so for an hour
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 1});
  // open() looks once, next() once, and a wait twice before it sleeps.
  const int pauses = GENERATE(0, 1, 2, 3);
  CAPTURE(pauses);
  pool::MapRequest request;
  request.function = &registry.table().resolve("square");
  request.source = std::make_unique<EndingSource>(pauses, false);
  const auto map = engine.open(std::move(request));
  ResultBatch batch;
  CHECK(pool::Engine::next(*map, batch, pool::Wait::block) == pool::Next::end);
  CHECK(pool::Engine::has_next(*map));
  ::alarm(0);
}

TEST_CASE("has_next() says what next() gives without a step") {
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 1});
  const auto map = open_integers(engine, registry, "square", 1, 1);
  ResultBatch batch;
  while (!pool::Engine::has_next(*map)) {
    CHECK(pool::Engine::next(*map, batch, pool::Wait::no) == pool::Next::nothing);
    engine.wait_step(std::chrono::hours(1));
  }
  CHECK(pool::Engine::next(*map, batch, pool::Wait::no) == pool::Next::batch);
  CHECK(batch.count == 1);
  CHECK(engine.broken_why() == "");
}

TEST_CASE("what is outside its range is refused with what is wanted") {
  Registry registry;
  registry.load(plugin_path("arith"));
  const auto refuses_pool = [&](PoolOptions options, const std::string& text) {
    CHECK_THROWS_WITH(pool::Engine(registry.table(), options), Catch::Contains(text));
  };
  refuses_pool({.workers = kMostWorkers + 1}, "1 to 4096");
  refuses_pool({.workers = 1, .retries = kMostRetries + 1}, "retries cannot be 1000001");
  refuses_pool({.workers = 1, .retries = 2'147'483'647}, "0 to 1000000");
  pool::Engine engine(registry.table(), {.workers = 1});
  CHECK_THROWS_WITH(engine.resize(kMostWorkers + 1), Catch::Contains("1 to 4096"));
  CHECK_THROWS_WITH(engine.resize(2'147'483'647), Catch::Contains("1 to 4096"));
  CHECK_THROWS_AS(engine.resize(-1), InvalidOption);
  for (const std::size_t chunk : {kMostChunkItems + 1, std::size_t{4'294'967'295}, SIZE_MAX}) {
    CHECK_THROWS_WITH(open_integers(engine, registry, "square", 1, 5, {.chunk = chunk}),
                      Catch::Contains("chunk cannot be"));
  }
  CHECK_THROWS_AS(open_integers(engine, registry, "square", 1, 5, {.retries = -1}), InvalidOption);
  const auto map = open_integers(engine, registry, "square", 1, 5, {.chunk = kMostChunkItems});
  CHECK(read_all(*map).values.at(4) == 25);
}

}  // namespace forkmap::testing
