// SPDX-License-Identifier: Apache-2.0
#include "core/types/split_mix.hpp"

#include <set>

#include "tests/catch.hpp"

using forkmap::types::item_seed;
using forkmap::types::splitmix64;

namespace {
constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15u;  // what the generator adds to its state
}

TEST_CASE("splitmix64 gives the published outputs of the generator") {
  CHECK(splitmix64(0) == 0xe220a8397b1dcdafu);
  CHECK(splitmix64(kStep) == 0x6e789e6aa1b965f4u);
  CHECK(splitmix64(2 * kStep) == 0x06c45d188009454fu);
  CHECK(splitmix64(1234567) == 6457827717110365317u);
  CHECK(splitmix64(1234567 + kStep) == 3203168211198807973u);
  CHECK(splitmix64(1234567 + 2 * kStep) == 9817491932198370423u);
}

TEST_CASE("an item's seed is splitmix64(run seed ^ splitmix64(index)), for ever") {
  CHECK(item_seed(0, 0) == splitmix64(0xe220a8397b1dcdafu));
  CHECK(item_seed(42, 7) == splitmix64(42 ^ splitmix64(7)));
}

TEST_CASE("seeds of neighbouring items and runs differ") {
  std::set<std::uint64_t> seen;
  for (std::uint64_t run = 0; run < 20; ++run) {
    for (std::uint64_t index = 0; index < 200; ++index) seen.insert(item_seed(run, index));
  }
  CHECK(seen.size() == 20 * 200);
}
