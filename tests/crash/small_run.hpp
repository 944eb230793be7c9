// SPDX-License-Identifier: Apache-2.0
//
// A host and a worker around one lane, as small as they can be: the host deals ranges of items and
// accounts for each, also after the worker's death; the worker computes a number for each item. The
// worker is short enough to be killed at each of its instructions.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "core/lane/host_lane.hpp"
#include "core/lane/worker_lane.hpp"

namespace forkmap::tests {

// The number that belongs to an item.
[[nodiscard]] constexpr std::uint64_t value_of(std::uint64_t item) noexcept {
  return item * 0x9e3779b97f4a7c15U + 1;
}

// Worker: takes what is there, item by item; returns when the ring is empty. An item takes so many
// turns of an empty loop.
void work_off(lane::WorkerLane& worker, std::uint32_t turns_per_item = 0);
// Worker: works and sleeps until it is asked to retire. Returns an exit status.
int work_until_retired(lane::WorkerLane worker, std::uint32_t turns_per_item);

struct Range {
  std::uint64_t first = 0;
  std::uint32_t count = 0;
};

// The host's truth about `items` items, dealt in ranges of at most `chunk`. It outlives lanes.
class Account {
 public:
  Account(std::uint64_t items, std::uint32_t chunk);

  // Fills the lane, as far as there is work and room.
  void feed(lane::HostLane& host);
  // Takes what is finished. False: the lane is corrupt.
  [[nodiscard]] bool collect(lane::HostLane& host);
  // Takes the newest unstarted range back and keeps it. False: there is none.
  bool take_back(lane::HostLane& host);
  // After the worker's death: keeps what is complete, deals the rest again. False: a cell was found
  // corrupt. The lane is spent.
  [[nodiscard]] bool recover(lane::HostLane& host);

  [[nodiscard]] bool is_settled() const noexcept { return settled_ == values_seen_.size(); }
  // Every item has exactly one outcome.
  [[nodiscard]] bool each_item_once() const;
  [[nodiscard]] std::uint64_t settled() const noexcept { return settled_; }
  [[nodiscard]] std::uint64_t wrong_values() const noexcept { return wrong_values_; }
  [[nodiscard]] std::uint64_t deaths_charged() const noexcept { return deaths_charged_; }

 private:
  struct InCell {
    Range range;
    std::uint32_t window = lane::kNoWindow;
  };

  std::deque<Range> pending_;
  std::map<std::uint64_t, InCell> in_cells_;  // by tag
  std::vector<int> values_seen_;              // by item
  std::uint64_t next_tag_ = 0;
  std::uint64_t settled_ = 0;
  std::uint64_t wrong_values_ = 0;
  std::uint64_t deaths_charged_ = 0;

  void keep(const lane::HostLane& host, const InCell& cell, std::uint32_t complete);
  InCell forget(std::uint64_t tag);
};

}  // namespace forkmap::tests
