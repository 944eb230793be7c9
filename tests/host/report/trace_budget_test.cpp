// SPDX-License-Identifier: Apache-2.0
#include "host/report/trace_budget.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;
using namespace std::chrono_literals;
using Ns = std::chrono::nanoseconds;

TEST_CASE("a budget gets coarser as it is used, and is never exceeded") {
  TraceBudget budget(100'000);
  CHECK(budget.resolution() == 0ns);
  std::uint64_t taken = 0;
  Ns before = 0ns;
  while (budget.take(100)) {
    taken += 100;
    REQUIRE(budget.resolution() >= before);
    before = budget.resolution();
    if (taken == 49'900) CHECK(budget.resolution() == 0ns);
  }
  CHECK(taken == 100'000);
  CHECK(budget.resolution() > 1s);
}
