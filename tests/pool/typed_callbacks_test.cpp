// SPDX-License-Identifier: Apache-2.0
//
// Callbacks of PoolOptions that throw, or use the pool.
#include <csignal>
#include <forkmap/forkmap.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/pool/error_text.hpp"

using namespace forkmap;
using Catch::Matchers::Contains;

namespace {

struct CallbacksFixture {
  Registry registry;
  Function<long(long)> dies_at_three = registry.add("dies_at_three", [](long x) {
    if (x == 3) ::raise(SIGKILL);
    return x;
  });
  Function<long(long)> prints = registry.add("prints", [](long x) {
    std::puts("line");
    return x;
  });
};

std::vector<ErrorKind> errors_of(OutcomeRange<long> outcomes, std::size_t& count) {
  std::vector<ErrorKind> errors;
  for (const auto& outcome : outcomes) {
    ++count;
    if (!outcome) errors.push_back(outcome.error().kind);
  }
  return errors;
}

}  // namespace

TEST_CASE("a callback `crashed` that throws is told, and the run goes on") {
  CallbacksFixture f;
  std::size_t count = 0;
  std::vector<ErrorKind> errors;
  const std::string said = testing::error_text_of([&] {
    Pool pool(f.registry, {.workers = 2, .retries = 1, .crashed = [](const CrashReport&) {
                             throw std::runtime_error("the disk of reports is full");
                           }});
    errors = errors_of(pool.map(f.dies_at_three, {1, 2, 3, 4, 5}).outcomes(), count);
  });
  CHECK(count == 5);
  CHECK(errors == std::vector{ErrorKind::worker_died});
  CHECK_THAT(said, Contains("PoolOptions::crashed failed: the disk of reports is full"));
}

TEST_CASE("a callback that throws something else, or uses its pool, is told as well") {
  CallbacksFixture f;
  std::size_t count = 0;
  const std::string said = testing::error_text_of([&] {
    std::optional<Pool> pool;
    PoolOptions options{.workers = 1, .retries = 0};
    int crashes = 0;
    options.crashed = [&](const CrashReport&) {
      if (++crashes == 1) throw 42;
      (void)pool->submit(f.prints, 1);
    };
    pool.emplace(f.registry, options);
    (void)errors_of(pool->map(f.dies_at_three, {3, 1, 3}).outcomes(), count);
  });
  CHECK(count == 3);
  CHECK_THAT(said, Contains("PoolOptions::crashed failed: threw a value of type int"));
  CHECK_THAT(said, Contains("cannot use its pool"));
}

TEST_CASE("a callback `output_line` that throws loses its line and nothing else") {
  CallbacksFixture f;
  std::size_t count = 0;
  const std::string said = testing::error_text_of([&] {
    PoolOptions options{.workers = 1, .worker_output = WorkerOutput::tag};
    options.output_line = [](int, pid_t, std::string_view) { throw std::runtime_error("no room"); };
    Pool pool(f.registry, options);
    CHECK(errors_of(pool.map(f.prints, {1, 2, 3}).outcomes(), count).empty());
  });
  CHECK(count == 3);
  CHECK_THAT(said, Contains("PoolOptions::output_line failed: no room"));
}
