// SPDX-License-Identifier: Apache-2.0
//
// An item source that ends its own pool: what it has given then is settled, too (E1).
#include <unistd.h>

#include <forkmap/error.hpp>
#include <forkmap/registry.hpp>
#include <functional>

#include "tests/catch.hpp"
#include "tests/pool/engine_team.hpp"

namespace forkmap::testing {

namespace {

// Integers; `act` is done when the item of that place has been written.
class ActingSource : public IntegerSource {
 public:
  ActingSource(std::int64_t count, std::int64_t at, std::function<void()> act)
      : IntegerSource(0, count), left_(at), act_(std::move(act)) {}

  Fill fill(InputBlock& block, std::size_t limit) override {
    const Fill fill = IntegerSource::fill(block, limit);
    const auto given = static_cast<std::int64_t>(block.count);
    if (left_ >= 0 && left_ < given) act_();
    left_ -= given;
    return fill;
  }

 private:
  std::int64_t left_;
  std::function<void()> act_;
};

enum class End : std::uint8_t { finish, cancel, kill };

}  // namespace

TEST_CASE("a source that ends its pool leaves no item without an outcome") {
  ::alarm(60);  // a watchdog
  Registry registry;
  registry.load(plugin_path("arith"));
  const auto end = GENERATE(End::finish, End::cancel, End::kill);
  const auto chunk = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{7});
  const auto at = GENERATE(0, 5, 99);
  CAPTURE(static_cast<int>(end), chunk, at);
  pool::Engine engine(registry.table(), {.workers = 2});
  pool::MapRequest request;
  request.function = &registry.table().resolve("square");
  request.options.chunk = chunk;
  request.source = std::make_unique<ActingSource>(100, at, [&] {
    if (end == End::kill) return engine.kill();
    engine.shutdown(end == End::finish ? Pending::finish : Pending::cancel);
  });
  const auto map = engine.open(std::move(request));
  const auto read = [&] {
    Outcomes outcomes;
    while (read_some(*map, outcomes)) continue;
    return outcomes.count;
  };
  if (end == End::kill) {
    CHECK_THROWS_AS(read(), PoolBroken);
  } else {
    CHECK_THROWS_AS(read(), PoolClosed);
  }
  const pool::MapProgress progress = pool::Engine::progress(*map);
  REQUIRE(progress.items);
  CHECK(*progress.items > static_cast<std::uint64_t>(at));
  CHECK(progress.outcomes == *progress.items);
  ::alarm(0);
}

}  // namespace forkmap::testing
