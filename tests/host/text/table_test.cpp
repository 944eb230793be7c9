// SPDX-License-Identifier: Apache-2.0
#include "host/text/table.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;

TEST_CASE("a table has its columns below each other") {
  CHECK(aligned({{"a", "long name", "x"}, {"bcd", "e", ""}}) == "a    long name  x\nbcd  e\n");
  CHECK(aligned({{"a", "1"}, {"b", "20"}}, {1}) == "a   1\nb  20\n");
}
