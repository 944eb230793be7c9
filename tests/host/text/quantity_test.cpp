// SPDX-License-Identifier: Apache-2.0
#include "host/text/quantity.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;
using namespace std::chrono_literals;

TEST_CASE("quantities have three digits and a unit that suits them") {
  CHECK(time_text(0ns) == "0 ns");
  CHECK(time_text(830ns) == "830 ns");
  CHECK(time_text(999'600ns) == "1.00 ms");
  CHECK(time_text(12'345ns) == "12.3 µs");
  CHECK(time_text(4'560us) == "4.56 ms");
  CHECK(time_text(1500ms) == "1.50 s");
  CHECK(time_text(59'960ms) == "1 min 00 s");
  CHECK(time_text(125s) == "2 min 05 s");
  CHECK(time_text(3600s) == "1 h 00 min");
  CHECK(time_text(72h) == "3 d 00 h");
  CHECK(count_text(7) == "7");
  CHECK(count_text(999.6) == "1.00 k");
  CHECK(rate_text(1'234'567) == "1.23 M items/s");
  CHECK(rate_text(0.05) == "180 items/h");
  CHECK(grouped_text(0) == "0");
  CHECK(grouped_text(1'234'567) == "1\u202f234\u202f567");
  CHECK(size_in_words(1536) == "1.50 KiB");
  CHECK(share_text(0) == "0.0 %");
  CHECK(share_text(0.5) == "50 %");
  CHECK(share_text(0.00001) == "< 0.1 %");
  CHECK(share_text(0.99999) == "> 99.9 %");
  CHECK(share_text(1) == "100.0 %");
}
