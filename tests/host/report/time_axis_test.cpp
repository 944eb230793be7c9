// SPDX-License-Identifier: Apache-2.0
#include "host/report/time_axis.hpp"
#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::host;
using namespace std::chrono_literals;
using Ns = std::chrono::nanoseconds;

TEST_CASE("an axis has round steps, not too many, for any length of run") {
  CHECK(axis_step(7s, 7) == 1s);
  CHECK(axis_step(100ms, 7) == 20ms);
  CHECK(axis_step(90s, 7) == 20s);
  CHECK(axis_step(10h, 7) == 2h);
  for (Ns whole = 1ns; whole < 24h * 365; whole = whole * 3 + 1ns) {
    INFO(whole.count());
    CHECK(whole / axis_step(whole, 7) <= 7);
    CHECK(!forkmap::cli::contains(time_axis(whole), "left:9999"));
  }
  CHECK(time_axis(0ns) == "<div class=\"axis\"><span style=\"left:0\">0</span></div>");
}
