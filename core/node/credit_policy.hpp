// SPDX-License-Identifier: Apache-2.0
//
// How many rows a node gets next. A pure function of what was measured.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace forkmap::node {

// Two blocks of this are with a node: one runs, one waits.
inline constexpr std::chrono::nanoseconds kBlockTimeAim = std::chrono::milliseconds(50);
inline constexpr std::uint32_t kBlocksOut = 2;
inline constexpr std::uint64_t kFirstBlockRows = 64;
inline constexpr std::uint64_t kBlockGrowth = 4;  // at most so many times the last one
inline constexpr std::uint64_t kMostBlockRows = std::uint64_t{1} << 16U;
inline constexpr std::uint64_t kBlockBytes = std::uint64_t{1} << 20U;

struct CreditQuestion {
  double row_ns = 0;             // time of a row on the node, all workers together; 0: not known
  std::uint64_t last_rows = 0;   // of the node's last block; 0: none yet
  std::uint32_t workers = 1;     // of the node
  std::uint32_t nodes = 1;       // that take rows
  std::uint32_t blocks_out = 0;  // with the node
  std::uint64_t rows_out = 0;    // as well
  std::optional<std::uint64_t> remaining = {};  // rows of the map still to come, if known
  bool once = false;  // rows that were with a lost node are in doubt: few are with it
};

// 0: the node has enough.
[[nodiscard]] std::uint64_t next_block_rows(const CreditQuestion& question) noexcept;

}  // namespace forkmap::node
