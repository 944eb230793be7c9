// SPDX-License-Identifier: Apache-2.0
#include "core/lane/cell_state.hpp"

namespace forkmap::lane {

Finding examine_cell(const CellTruth& truth, std::uint32_t seen, std::uint64_t progress) noexcept {
  if (turn_of(seen) != truth.turn) return {Verdict::corrupt, 0};
  switch (state_of(seen)) {
    case CellState::ready:
      return {truth.taken ? Verdict::corrupt : Verdict::untouched, 0};
    case CellState::taken:
    case CellState::free:
      return {truth.taken ? Verdict::nothing : Verdict::corrupt, 0};
    case CellState::done:
      return {truth.taken ? Verdict::corrupt : Verdict::collected, truth.count};
    case CellState::running:
      break;
    default:
      return {Verdict::corrupt, 0};
  }
  if (truth.taken) return {Verdict::corrupt, 0};
  // Died between the claiming CAS and its first progress word: nothing of this cell has run.
  if (progress_turn(progress) != truth.turn) return {Verdict::interrupted, 0};
  const std::uint32_t items = progress_items(progress);
  if (items > truth.count) return {Verdict::corrupt, 0};
  return {Verdict::interrupted, items};
}

}  // namespace forkmap::lane
