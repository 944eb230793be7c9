// SPDX-License-Identifier: Apache-2.0
//
// Batches of outcomes of one map that nobody has read yet, in the order in which they are to be
// read. Private memory of the host, one thread.
//  M2 In order, `ready` holds consecutive batches that end at `next_ready`; what lies behind a gap
//     waits.
#pragma once

#include <boost/circular_buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <forkmap/item_source.hpp>
#include <map>
#include <vector>

namespace forkmap::pool {

class MapResults {
 public:
  explicit MapResults(bool ordered) noexcept : ordered_(ordered) {}

  void deliver(ResultBatch&& batch);
  // Batches come as they come from now on, those that waited for their turn first.
  void release_order();
  [[nodiscard]] bool has_batch() const noexcept { return !ready_.empty(); }
  [[nodiscard]] ResultBatch take_batch();
  // Forgets what nobody has read; returns the bytes of its batches.
  std::uint64_t drop_unread();

  [[nodiscard]] std::uint64_t unread_items() const noexcept { return unread_items_; }
  [[nodiscard]] std::size_t unread_batches() const noexcept {
    return ready_.size() + reorder_.size();
  }
  [[nodiscard]] std::size_t ready_batches() const noexcept { return ready_.size(); }
  [[nodiscard]] std::uint64_t ready_bytes() const noexcept { return ready_bytes_; }
  // Errors among all outcomes, read or not.
  [[nodiscard]] std::uint64_t failures() const noexcept { return failures_; }

 private:
  bool ordered_;
  boost::circular_buffer<ResultBatch> ready_;
  using Reorder = std::map<std::uint64_t, ResultBatch>;  // by first position
  Reorder reorder_;                                      // where the order is kept
  std::vector<Reorder::node_type> spare_nodes_;          // to be used again
  std::uint64_t next_ready_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t unread_items_ = 0;
  std::uint64_t ready_bytes_ = 0;  // of `ready_`

  void make_ready(ResultBatch&& batch);
};

// What a batch takes while it is not read.
[[nodiscard]] inline std::uint64_t bytes_of(const ResultBatch& batch) noexcept {
  return batch.memory_bytes + batch.held_bytes;
}

}  // namespace forkmap::pool
