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

Look look_at_cell(const CellTruth& truth, std::uint32_t seen) noexcept {
  if (turn_of(seen) != truth.turn) return Look::corrupt;
  switch (state_of(seen)) {
    case CellState::ready:
    case CellState::running:
      return truth.taken ? Look::corrupt : Look::pending;
    case CellState::done:
      return truth.taken ? Look::corrupt : Look::done;
    case CellState::taken:
      return truth.taken ? Look::pending : Look::corrupt;
    case CellState::free:
      return truth.taken ? Look::passed_over : Look::corrupt;
    default:
      return Look::corrupt;
  }
}

Cursor look_at_cursor(std::uint64_t position, std::uint32_t cells, std::uint32_t seen) noexcept {
  if (seen == state_word(CellState::ready, turn_at(position))) return Cursor::ready;
  if (seen == state_word(CellState::taken, turn_at(position))) return Cursor::taken;
  const std::uint32_t last_lap = turn_at(position - cells);
  if (seen == state_word(CellState::free, last_lap)) return Cursor::empty;
  if (seen == state_word(CellState::done, last_lap)) return Cursor::empty;  // not collected yet
  return Cursor::corrupt;
}

}  // namespace forkmap::lane
