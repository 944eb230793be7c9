// SPDX-License-Identifier: Apache-2.0
//
// The blocks of an agent, taken in any pieces.
#include "core/node/block_queue.hpp"

#include <array>
#include <random>
#include <set>

#include "tests/catch.hpp"
#include "tests/node/coordinator_end.hpp"

namespace forkmap::node {

namespace {

using testing::block_of;

// One fill, in memory of its own.
struct Filled {
  explicit Filled(std::uint64_t bytes) : memory(bytes) {
    column.type = FORKMAP_STR;
    column.ends = ends.data();
    block.columns = &column;
    block.column_count = 1;
    block.bytes = memory.data();
    block.bytes_capacity = bytes;
    block.bytes_aim = bytes;
    block.capacity_items = ends.size();
  }
  [[nodiscard]] std::string line(std::uint64_t row) const {
    const std::uint64_t begin = row == 0 ? 0 : ends[row - 1];
    return {reinterpret_cast<const char*>(memory.data()) + begin, ends[row] - begin};
  }
  std::vector<unsigned char> memory;
  std::array<std::uint64_t, 64> ends{};
  forkmap_result_column column{};
  InputBlock block;
};

}  // namespace

TEST_CASE("rows come in order, over the bounds of blocks, until their indices jump") {
  BlockQueue queue(1);
  queue.add(block_of(1, 1, 10, {"a", "", "c"}));
  queue.add(block_of(2, 1, 13, {"d"}));
  queue.add(block_of(3, 1, 20, {"e", "f"}));
  CHECK(queue.rows() == 6);
  Filled first(100);
  CHECK(queue.fill(first.block, 64) == ItemSource::Fill::more);
  REQUIRE(first.block.count == 4);
  CHECK(first.block.index == 10);
  CHECK(first.line(0) == "a");
  CHECK(first.line(1).empty());
  CHECK(first.line(2) == "c");
  CHECK(first.line(3) == "d");
  Filled second(100);
  CHECK(queue.fill(second.block, 1) == ItemSource::Fill::more);
  CHECK(second.block.index == 20);
  Filled third(100);
  CHECK(queue.fill(third.block, 64) == ItemSource::Fill::pause);
  CHECK(third.block.index == 21);
  CHECK(third.line(0) == "f");
  CHECK(queue.rows() == 0);
  queue.close();
  Filled last(100);
  CHECK(queue.fill(last.block, 64) == ItemSource::Fill::end);
  CHECK(last.block.count == 0);

  const RowRun run = queue.rows_at(1, 10);  // within its block
  CHECK(run.block == 1);
  CHECK(run.row == 1);
  CHECK(run.count == 2);
  CHECK_FALSE(queue.note_done(1, run));
  CHECK(queue.note_done(3, queue.rows_at(3, 1)));
  CHECK(queue.note_done(0, queue.rows_at(0, 1)));
  CHECK_FALSE(queue.note_done(4, queue.rows_at(4, 1)));
  CHECK(queue.note_done(5, queue.rows_at(5, 9)));
}

TEST_CASE("a row that does not fit is given later, or skipped, and keeps its index") {
  BlockQueue queue(3);
  queue.add(block_of(1, 1, 5, {"ab", std::string(20, 'x'), "c"}));
  Filled small(10);
  CHECK(queue.fill(small.block, 64) == ItemSource::Fill::full);
  CHECK(small.block.count == 1);
  Filled empty(10);
  CHECK(queue.fill(empty.block, 64) == ItemSource::Fill::full);
  CHECK(empty.block.count == 0);
  CHECK(empty.block.index == 8);
  CHECK(queue.skip() == 20);
  Filled rest(10);
  CHECK(queue.fill(rest.block, 64) == ItemSource::Fill::pause);
  CHECK(rest.block.index == 11);
  CHECK(queue.rows_at(1, 1).row == 1);  // the skipped one has a position, too
}

TEST_CASE("what nobody has taken comes back, once") {
  BlockQueue queue(1);
  queue.add(block_of(1, 1, 0, {"a", "b", "c"}));
  queue.add(block_of(2, 1, 3, {"d"}));
  Filled one(100);
  CHECK(queue.fill(one.block, 1) == ItemSource::Fill::more);
  const ReturnedRows returned = queue.take_back(1);
  CHECK(returned.row == 1);
  CHECK(returned.count == 2);
  CHECK(queue.take_back(1).count == 0);
  CHECK(queue.take_back(9).count == 0);
  CHECK(queue.rows() == 1);
  CHECK(queue.holds(1));
  CHECK(queue.note_done(0, queue.rows_at(0, 5)));  // all that was left of it
  CHECK_FALSE(queue.holds(1));
  CHECK(queue.take_back(2).count == 1);
  CHECK(queue.rows() == 0);
}

TEST_CASE("each row is taken once, or comes back, in any schedule") {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    BlockQueue queue(1);
    std::set<std::pair<std::uint64_t, std::uint32_t>> rows;
    std::uint64_t number = 0;
    std::uint64_t position = 0;
    std::size_t sent = 0;
    const auto add = [&](const RowRun& run) {
      for (std::uint32_t row = 0; row < run.count; ++row) {
        REQUIRE(rows.emplace(run.block, run.row + row).second);
      }
    };
    for (int step = 0; step < 200; ++step) {
      switch (random() % 3) {
        case 0: {
          const std::vector<std::string> lines(1 + random() % 5, "x");
          queue.add(block_of(++number, 1, random() % 2 == 0 ? sent : 1000 + sent, lines));
          sent += lines.size();
          break;
        }
        case 1: {
          Filled filled(3);
          (void)queue.fill(filled.block, 1 + random() % 8);
          const auto end = position + filled.block.count;
          while (position < end) {
            const RowRun run = queue.rows_at(position, static_cast<std::uint32_t>(end - position));
            add(run);
            (void)queue.note_done(position, run);
            position += run.count;
          }
          break;
        }
        default:
          if (number > 0) {
            const ReturnedRows back = queue.take_back(1 + random() % number);
            add({back.block, back.row, back.count});
          }
      }
    }
    CHECK(rows.size() + queue.rows() == sent);
  }
}

}  // namespace forkmap::node
