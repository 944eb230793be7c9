// SPDX-License-Identifier: Apache-2.0
#include "core/lane/print_record.hpp"

#include <algorithm>

#include "core/lane/host_lane.hpp"
#include "tests/catch.hpp"

using namespace forkmap::lane;

TEST_CASE("the last whole mark is found, and none where none was made (P1)") {
  const HostLane host(LaneShape{8, std::uint64_t{1} << 20U});
  PrintRecord& record = print_record(host.view());
  CHECK_FALSE(read_mark(host.view()));
  for (std::uint64_t number = 1; number <= 5; ++number) {
    write_mark(record, {number * 10, number});
    const auto mark = read_mark(host.view());
    REQUIRE(mark);
    CHECK(mark->offset == number * 10);
    CHECK(mark->index == number);
  }
  // Killed while it wrote the next one: the slot is torn, the version is the old one.
  record.marks[0].offset.store(999, std::memory_order_relaxed);
  CHECK(read_mark(host.view())->offset == 50);
}

TEST_CASE(
    "failures are found by their task, the last of many, and none that is being written (P2)") {
  const HostLane host(LaneShape{8, std::uint64_t{1} << 20U});
  PrintRecord& record = print_record(host.view());
  CHECK(read_failures(host.view(), 0).empty());
  write_failure(record, 0, {0, 1, 2, 3});
  write_failure(record, 0xffffffff, {7, 4, 5, 6});
  REQUIRE(read_failures(host.view(), 0).size() == 1);
  const auto found = read_failures(host.view(), 0xffffffff);
  REQUIRE(found.size() == 1);
  CHECK(found[0].item == 7);
  CHECK(found[0].begin == 4);
  CHECK(found[0].end == 5);
  CHECK(found[0].index == 6);
  CHECK(read_failures(host.view(), 1).empty());
  record.ring[0].key.store(0, std::memory_order_relaxed);
  CHECK(read_failures(host.view(), 0).empty());
  for (std::uint32_t item = 0; item < 2 * kPrintFailures; ++item) {
    write_failure(record, 5, {item, item, item + 1, item});
  }
  auto many = read_failures(host.view(), 5);
  REQUIRE(many.size() == kPrintFailures);
  const auto least = std::ranges::min(many, {}, &PrintedFailure::item);
  CHECK(least.item == kPrintFailures);
}

TEST_CASE("a failure that the host has not collected is told to who would write over it (P2)") {
  const HostLane host(LaneShape{8, std::uint64_t{1} << 20U});
  const LaneView& view = host.view();
  PrintRecord& record = print_record(view);
  CHECK_FALSE(would_lose_failure(view));
  const std::uint32_t turn = turn_at(10);  // of the third cell
  for (std::uint32_t item = 0; item < kPrintFailures; ++item) {
    write_failure(record, turn, {item, item, item + 1, item});
  }
  auto& state = view.result_cell(2).state;
  for (const CellState now : {CellState::running, CellState::done, CellState::free}) {
    state.store(state_word(now, turn), std::memory_order_relaxed);
    CHECK(would_lose_failure(view) == (now == CellState::done));
  }
  // The cell holds another task by now.
  state.store(state_word(CellState::done, turn_at(18)), std::memory_order_relaxed);
  CHECK_FALSE(would_lose_failure(view));
}
