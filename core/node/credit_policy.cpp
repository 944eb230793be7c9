// SPDX-License-Identifier: Apache-2.0
#include "core/node/credit_policy.hpp"

#include <algorithm>

namespace forkmap::node {

std::uint64_t next_block_rows(const CreditQuestion& question) noexcept {
  // A row for each worker, and one more that waits.
  const std::uint64_t least = std::uint64_t{question.workers} + 1;
  const bool is_short = question.rows_out < least;
  if (!is_short && (question.once || question.blocks_out >= kBlocksOut)) return 0;
  std::uint64_t rows = kFirstBlockRows;
  if (question.row_ns > 0) {
    const double aim = static_cast<double>(kBlockTimeAim.count()) / question.row_ns;
    rows = static_cast<std::uint64_t>(std::min(aim, static_cast<double>(kMostBlockRows)));
    const std::uint64_t last = question.last_rows == 0 ? kFirstBlockRows : question.last_rows;
    rows = std::min(rows, kBlockGrowth * last);
  }
  if (question.remaining) {
    rows = std::min(rows, *question.remaining / (2 * std::uint64_t{std::max(1U, question.nodes)}));
  }
  if (question.once) rows = std::min(rows, least - question.rows_out);
  return std::max<std::uint64_t>(1, rows);
}

}  // namespace forkmap::node
