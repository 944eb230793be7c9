// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "host/report/time_grid.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;
using namespace std::chrono_literals;

TEST_CASE("a grid keeps every amount when its columns are folded") {
  TimeGrid grid;
  const std::size_t items = grid.add_series();
  double sum = 0;
  for (int step = 0; step < 2000; ++step) {
    grid.add(items, step * 1ms, step * 1ms + 700us, 3);
    sum += 3;
  }
  CHECK(grid.columns() <= TimeGrid::kColumns);
  const auto found = grid.series(items);
  CHECK(std::accumulate(found.begin(), found.end(), 0.0) == Approx(sum));
  const auto coarse = grid.coarse(items, 7);
  CHECK(std::accumulate(coarse.begin(), coarse.end(), 0.0) == Approx(sum));
  CHECK(grid.column_time() * static_cast<std::int64_t>(grid.columns()) >= 2s);
}

TEST_CASE("an amount over a long time is spread evenly over the columns") {
  TimeGrid grid;
  const std::size_t busy = grid.add_series();
  grid.add(busy, 0ns, 1h, 3600);
  const auto found = grid.series(busy);
  const double whole = std::chrono::duration<double>(grid.column_time()).count();
  for (std::size_t column = 0; column + 1 < found.size(); ++column) {
    REQUIRE(found[column] == Approx(whole));
  }
}
