// SPDX-License-Identifier: Apache-2.0
//
// The blocks of one map that an agent has got: where its engine takes rows from, and which row each
// position of the agent's own map is.
//  Q1 Each row of a block is in the queue, or taken from it, or was taken back; once.
//  Q2 Rows have the indices that the coordinator gave them, so a fill ends where these jump.
#pragma once

#include <cstdint>
#include <deque>
#include <forkmap/item_source.hpp>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/node/messages.hpp"

namespace forkmap::node {

// Consecutive rows of a block that have consecutive positions in the agent's map.
struct RowRun {
  std::uint64_t block = 0;
  std::uint32_t row = 0;
  std::uint32_t count = 0;
};

class BlockQueue {
 public:
  explicit BlockQueue(std::uint64_t index_stride) noexcept : index_stride_(index_stride) {}

  void add(Block&& block);
  // No more blocks will come.
  void close() noexcept { is_closed_ = true; }
  [[nodiscard]] bool is_closed() const noexcept { return is_closed_; }
  // Rows of the block that nobody has taken, the last ones; count 0: there are none. They are
  // nobody's now.
  [[nodiscard]] ReturnedRows take_back(std::uint64_t block);
  // Some row of the block is in the queue, or has no outcome.
  [[nodiscard]] bool holds(std::uint64_t block) const { return left_.contains(block); }
  [[nodiscard]] std::vector<std::uint64_t> blocks_with_rows() const;
  [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }

  // --- for the source
  [[nodiscard]] ItemSource::Fill fill(InputBlock& block, std::size_t limit);
  [[nodiscard]] std::uint64_t skip();  // the next row; returns its bytes

  // --- for outcomes
  // The rows from this position on, at most `most`, that belong to one block.
  [[nodiscard]] RowRun rows_at(std::uint64_t position, std::uint32_t most) const;
  // They have their outcomes. True: that block has no rows without one any more.
  [[nodiscard]] bool note_done(std::uint64_t position, const RowRun& run);

 private:
  struct Queued {
    Block block;
    std::uint32_t row = 0;  // the next one
    std::size_t at = 0;     // where it begins in the lines
  };
  struct Taken {
    std::uint64_t position = 0;
    RowRun rows;
    std::uint32_t left = 0;  // without an outcome
  };
  std::uint64_t index_stride_;
  std::deque<Queued> queue_;
  std::deque<Taken> taken_;                                // by position
  std::unordered_map<std::uint64_t, std::uint32_t> left_;  // by block: rows without an outcome
  std::uint64_t positions_ = 0;
  std::uint64_t rows_ = 0;  // in the queue
  bool is_closed_ = false;

  [[nodiscard]] std::string_view next_line(const Queued& queued, std::size_t& end) const;
  void note_taken(Queued& queued, std::size_t end);
  [[nodiscard]] std::deque<Taken>::const_iterator find(std::uint64_t position) const;
};

class BlockSource final : public ItemSource {
 public:
  explicit BlockSource(std::shared_ptr<BlockQueue> queue) : queue_(std::move(queue)) {}
  Fill fill(InputBlock& block, std::size_t limit) override { return queue_->fill(block, limit); }
  std::uint64_t skip_too_large() override { return queue_->skip(); }

 private:
  std::shared_ptr<BlockQueue> queue_;
};

}  // namespace forkmap::node
