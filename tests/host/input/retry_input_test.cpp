// SPDX-License-Identifier: Apache-2.0
#include "host/input/retry_input.hpp"

#include <array>
#include <string>
#include <vector>

#include "tests/catch.hpp"

namespace forkmap::host {

namespace {

// Rows of one fill, and the index of the first.
std::pair<std::uint64_t, std::uint64_t> retried_block(ItemInput& input, std::size_t limit) {
  std::array<std::uint64_t, 16> ends{};
  std::array<unsigned char, 64> bytes{};
  forkmap_result_column column{};
  column.type = FORKMAP_STR;
  column.ends = ends.data();
  InputBlock block;
  block.columns = &column;
  block.column_count = 1;
  block.bytes = bytes.data();
  block.bytes_capacity = bytes.size();
  block.capacity_items = 15;
  (void)input.fill(block, limit);
  return {block.count, block.index};
}

}  // namespace

TEST_CASE("a block of items that are tried again ends where their numbers jump") {
  std::vector<FailedItem> items;
  for (const std::uint64_t number : std::vector<std::uint64_t>{3, 4, 5, 9, 10, 2}) {
    items.push_back({number, "x"});
  }
  const auto input = make_retry_input(std::move(items), '\t', false);
  using Block = std::pair<std::uint64_t, std::uint64_t>;
  CHECK(retried_block(*input, 2) == Block{2, 2});
  CHECK(retried_block(*input, 10) == Block{1, 4});
  CHECK(retried_block(*input, 10) == Block{2, 8});
  CHECK(retried_block(*input, 10) == Block{1, 1});
  CHECK(retried_block(*input, 10).first == 0);
}

}  // namespace forkmap::host
