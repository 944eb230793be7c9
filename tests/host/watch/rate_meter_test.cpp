// SPDX-License-Identifier: Apache-2.0
#include "host/watch/rate_meter.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;
using namespace std::chrono_literals;

TEST_CASE("a rate is that of the last seconds, or since the last look before them") {
  const RateMeter::Clock::time_point start{};
  RateMeter meter(start);
  CHECK(meter.rate(0, start) == 0);
  CHECK(meter.rate(30, start + 3s) == 10);
  for (int second = 1; second <= 20; ++second) {
    meter.note(static_cast<std::uint64_t>(second) * 100, start + second * 1s);
  }
  CHECK(meter.rate(2000, start + 20s) == 100);
  // Nothing has happened for a minute, and nobody has looked.
  CHECK(meter.rate(2000, start + 80s) == 0);
  CHECK(meter.rate(2060, start + 80s) == 1);
}
