// SPDX-License-Identifier: Apache-2.0
#include "host/text/duration.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;
using namespace std::chrono_literals;

TEST_CASE("durations are read with their unit") {
  CHECK(parse_duration("10s") == 10s);
  CHECK(parse_duration("1.5s") == 1500ms);
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("2m") == 2min);
  CHECK(parse_duration("3") == 3s);
  CHECK(parse_duration("0") == 0s);
  for (const char* bad : {"", "s", "-1s", "1x", "1 s", "nan", "inf", "1e99h"}) {
    INFO(bad);
    CHECK_FALSE(parse_duration(bad));
  }
  CHECK(duration_text(3725s) == "1 h 2 min");
  CHECK(duration_text(200s) == "3 min 20 s");
}
