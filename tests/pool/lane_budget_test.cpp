// SPDX-License-Identifier: Apache-2.0
#include "core/pool/lane_budget.hpp"

#include "tests/catch.hpp"

namespace forkmap::pool {

namespace {
constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;
}

TEST_CASE("lanes of all workers fit together, twice, into half of what is free") {
  const AddressSpace space{36 * kGiB, 4 * kGiB};
  for (const std::uint64_t workers : {1U, 2U, 8U, 64U}) {
    const std::uint64_t lane = lane_limit_bytes(space, workers);
    CHECK(2 * workers * lane <= 16 * kGiB);
    CHECK(2 * workers * (lane + 1) > 16 * kGiB - 2 * workers);
  }
  CHECK(lane_limit_bytes(AddressSpace{kGiB, 2 * kGiB}, 4) == 0);
  CHECK(lane_limit_bytes(std::nullopt, 1) > lane_limit_bytes(std::nullopt, 4096));
}

TEST_CASE("workers are as many as there are descriptors for, some being left") {
  CHECK(workers_within({64, 10}, 1) < 64 - 10);
  CHECK(workers_within({64, 10}, 1) == 2 * workers_within({64, 10}, 2));
  CHECK(workers_within({20, 10}, 1) == 0);
  CHECK(workers_within({20, 30}, 1) == 0);
}

}  // namespace forkmap::pool
