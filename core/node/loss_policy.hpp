// SPDX-License-Identifier: Apache-2.0
//
// What becomes of rows that were with a node when it was lost. A pure function.
#pragma once

#include <cstdint>

namespace forkmap::node {

enum class AfterLoss : std::uint8_t {
  run_again,  // some site takes them; nothing is charged
  run_alone,  // on a node that has nothing else: they may take nodes down
  halve,      // the same, each half for itself
  fail        // NodeLost
};

inline constexpr std::uint32_t kLossesToHalve = 2;
inline constexpr std::uint32_t kLossesToFail = 3;

// `losses`: of nodes with these rows, this one counted.
[[nodiscard]] constexpr AfterLoss after_loss(std::uint32_t losses, std::uint32_t rows,
                                             bool once) noexcept {
  if (once) return AfterLoss::fail;
  if (losses < kLossesToHalve) return AfterLoss::run_again;
  if (rows > 1) return AfterLoss::halve;
  return losses < kLossesToFail ? AfterLoss::run_alone : AfterLoss::fail;
}

}  // namespace forkmap::node
