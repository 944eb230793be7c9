// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <random>
#include <vector>

#include "host/input/settled_items.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;

TEST_CASE("settled items close up whatever their order") {
  std::minstd_rand random(5);
  for (int round = 0; round < 50; ++round) {
    SettledItems settled;
    std::vector<std::uint64_t> runs;  // of three items each
    for (std::uint64_t run = 0; run < 40; ++run) runs.push_back(run);
    std::shuffle(runs.begin(), runs.end(), random);
    std::vector<bool> seen(120, false);
    for (std::size_t given = 0; given < runs.size(); ++given) {
      settled.add(runs[given] * 3, 3);
      for (int item = 0; item < 3; ++item)
        seen[runs[given] * 3 + static_cast<unsigned>(item)] = true;
      for (std::uint64_t item = 0; item < 120; ++item) {
        REQUIRE(settled.contains(item) == seen[item]);
      }
      REQUIRE(settled.count() == 3 * (given + 1));
    }
    REQUIRE(settled.below() == 120);
    REQUIRE(settled.ranges().empty());
  }
}
