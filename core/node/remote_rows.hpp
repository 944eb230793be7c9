// SPDX-License-Identifier: Apache-2.0
//
// Which rows of the ledger are with which node. It knows no socket and no clock.
//  B1 Each row of a block is settled once: the ledger has its outcome, or has it back. What else
//     comes of it is dropped here, and counted.
//  B2 A row that is not settled is awaited from a node that is not lost, or waits here since it may
//     have taken nodes down.
//  B3 A node answers each row of a sending once: with an outcome, or by giving it back.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/map/ledger.hpp"
#include "core/node/messages.hpp"

namespace forkmap::node {

// Rows that were taken from the ledger together.
struct RemoteBlock {
  pool::Returned rows;
  std::vector<bool> settled;
  std::uint32_t left = 0;  // not settled
  std::chrono::steady_clock::time_point sent_at{};
  std::optional<std::chrono::nanoseconds> expected = {};  // until all are answered
  bool was_copied = false;
};

// Rows of a block on their way to a node and back.
struct Sending {
  std::shared_ptr<RemoteBlock> block;
  std::uint32_t row = 0;  // of the block
  std::uint32_t count = 0;
  std::vector<bool> answered = {};
  std::uint32_t left = 0;  // not answered
  bool was_recalled = false;
};

class RemoteRows {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // It outlives this.
  RemoteRows(pool::Ledger& ledger, std::size_t nodes) : ledger_(ledger), out_(nodes) {}

  // --- out
  // All rows of a portion go to a node. Returns the number of the sending.
  std::uint64_t send(std::size_t node, pool::Returned&& rows, TimePoint now,
                     std::optional<std::chrono::nanoseconds> expected);
  // Those of a block that are not settled go to another node as well.
  std::uint64_t copy(const std::shared_ptr<RemoteBlock>& block, std::size_t node);
  [[nodiscard]] const Sending& sending(std::size_t node, std::uint64_t number) const {
    return out_[node].at(number);
  }
  // Null: the node has no such sending.
  [[nodiscard]] const pool::Map* map_of(std::size_t node, std::uint64_t number) const;
  // A row of a sending that its node has not answered; nothing: there is no such row.
  struct OpenRow {
    const pool::Map* map;
    std::uint64_t position;
    std::uint64_t index;
    int attempts;     // charged before it was sent
    bool is_settled;  // by another node
  };
  [[nodiscard]] std::optional<OpenRow> open_row(std::size_t node, std::uint64_t number,
                                                std::uint32_t row) const;
  // As the node gets it.
  [[nodiscard]] Block wire_block(std::size_t node, std::uint64_t number) const;

  // --- back; a text says why it cannot be, and nothing was done
  [[nodiscard]] Fault settle(std::size_t node, const BlockPart& part, TimePoint now);
  [[nodiscard]] Fault take_back(std::size_t node, const ReturnedRows& returned);
  // Sendings whose rows have come from elsewhere; each is named once.
  [[nodiscard]] std::vector<std::uint64_t> take_needless(std::size_t node);
  // Marks those of the node that were not; what nobody has begun there is to come back.
  [[nodiscard]] std::vector<std::uint64_t> mark_recalled(std::size_t node);

  // --- ends
  // The node is lost. `names` of nodes, from 1, for what is told of items that cannot run again.
  void lose(std::size_t node, const std::function<std::string(std::uint32_t)>& name);
  // Nobody wants the outcomes of a map: its rows are settled now.
  void drop(pool::Map& map);
  // Portions that wait here, and that nobody wants.
  void settle_unwanted();
  // All rows go back to the ledger; those that may not run twice fail.
  void give_back_all(const std::function<std::string(std::uint32_t)>& name);
  // Those that wait here.
  bool give_back_suspects();

  // --- rows that may have taken nodes down; each portion is to be alone on a node
  [[nodiscard]] bool has_suspects() const noexcept { return !suspects_.empty(); }
  [[nodiscard]] pool::Returned take_suspect();
  void add_suspect(pool::Returned&& rows) { suspects_.push_back(std::move(rows)); }

  // --- how much is where
  [[nodiscard]] std::uint32_t blocks_out(std::size_t node) const noexcept {
    return static_cast<std::uint32_t>(out_[node].size());
  }
  [[nodiscard]] std::uint64_t rows_out(std::size_t node) const noexcept;
  // Rows that are with a node, or wait here.
  [[nodiscard]] bool holds_rows() const noexcept { return !blocks_.empty() || has_suspects(); }
  // The block of each map in front of all others of it: its outcomes are waited for.
  [[nodiscard]] std::vector<std::shared_ptr<RemoteBlock>> front_blocks() const;
  // The nodes that have rows of it which they have not answered.
  [[nodiscard]] std::vector<std::size_t> holders(const RemoteBlock& block) const;

  struct Counts {
    std::uint64_t moved_rows = 0;     // that a lost node had
    std::uint64_t needless_rows = 0;  // outcomes that came a second time
    std::uint64_t copied_blocks = 0;
  };
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

 private:
  pool::Ledger& ledger_;
  std::list<std::shared_ptr<RemoteBlock>> blocks_;     // that are not settled
  std::vector<std::map<std::uint64_t, Sending>> out_;  // by node, by number
  std::deque<pool::Returned> suspects_;
  std::uint64_t next_number_ = 1;
  Counts counts_;

  std::uint64_t add_sending(std::size_t node, Sending&& sending);
  void deliver(std::size_t node, RemoteBlock& block, std::uint32_t row, const BlockPart& part,
               std::uint32_t from, std::uint32_t count, TimePoint now);
  void note_answered(std::size_t node, std::uint64_t number);
  [[nodiscard]] std::vector<const Sending*> sendings_of(const RemoteBlock& block) const;
  // Gives `use` each run of rows that are neither settled nor awaited, as a portion of its own; the
  // block is rid of them.
  void release(const std::shared_ptr<RemoteBlock>& block,
               const std::function<void(pool::Returned&&)>& use);
  void finish(const std::shared_ptr<RemoteBlock>& block);
  void place_lost(pool::Returned&& rows, const std::function<std::string(std::uint32_t)>& name);
  void fail_lost(const pool::Returned& rows, const std::function<std::string(std::uint32_t)>& name);
};

}  // namespace forkmap::node
