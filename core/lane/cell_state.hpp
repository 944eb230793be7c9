// SPDX-License-Identifier: Apache-2.0
//
// The state machine of one cell of a lane, and what a dead worker leaves behind.
//
//   FREE --host: store--> READY --worker: CAS--> RUNNING --worker: store--> DONE --host: store-->
//   FREE
//                           `-----host: CAS----> TAKEN --worker, at its cursor: store--> FREE
//
// One 32-bit word a cell: the state in the low 3 bits, above it the turn, which is compared for
// equality only and tells a late or corrupt word. The turn follows from the cell's position in the
// ring (turn_at), so each side knows without asking what a word may say.
//
// Killed here -> state seen -> what the host does (tested row by row in tests/crash):
//   before the claiming CAS         READY                              dealt elsewhere, uncharged
//   before stepping over            TAKEN                              nothing
//   after stepping over             FREE (was TAKEN)                   nothing
//   after CAS, before {turn, 0}     RUNNING, another turn in progress  item 0 is the culprit
//   inside item n                   RUNNING, progress n < count        items before n kept, item n
//   is
//                                                                      the culprit, the rest dealt
//                                                                      elsewhere, uncharged
//   after the last item             RUNNING, progress = count          all kept, nobody charged
//   after publishing                DONE                               collected
//   anything else                   progress > count, another turn     corrupt: nothing of the cell
//   is
//                                   or an impossible state             believed
#pragma once

#include <cstdint>

namespace forkmap::lane {

enum class CellState : std::uint32_t { free = 0, ready = 1, running = 2, done = 3, taken = 4 };

inline constexpr std::uint32_t kStateBits = 3;
inline constexpr std::uint32_t kStateMask = (1U << kStateBits) - 1;
inline constexpr std::uint32_t kTurnMask = 0xffffffffU >> kStateBits;

[[nodiscard]] constexpr std::uint32_t state_word(CellState state, std::uint32_t turn) noexcept {
  return ((turn & kTurnMask) << kStateBits) | static_cast<std::uint32_t>(state);
}
[[nodiscard]] constexpr std::uint32_t turn_of(std::uint32_t word) noexcept {
  return word >> kStateBits;
}
// The turn of the cell at a position: how many cells were filled up to it, modulo 2^29.
[[nodiscard]] constexpr std::uint32_t turn_at(std::uint64_t position) noexcept {
  return static_cast<std::uint32_t>(position + 1) & kTurnMask;
}
// The raw state bits; values above `taken` are corrupt.
[[nodiscard]] constexpr CellState state_of(std::uint32_t word) noexcept {
  return static_cast<CellState>(word & kStateMask);
}

// {turn, items complete} in one word; kIdle instead of a count says that nothing runs.
inline constexpr std::uint32_t kIdle = 0xffffffffU;
[[nodiscard]] constexpr std::uint64_t progress_word(std::uint32_t turn,
                                                    std::uint32_t items) noexcept {
  return (std::uint64_t{turn} << 32U) | items;
}
[[nodiscard]] constexpr std::uint32_t progress_turn(std::uint64_t word) noexcept {
  return static_cast<std::uint32_t>(word >> 32U);
}
[[nodiscard]] constexpr std::uint32_t progress_items(std::uint64_t word) noexcept {
  return static_cast<std::uint32_t>(word);
}

// What the host knows of a cell it has filled.
struct CellTruth {
  std::uint32_t turn = 0;
  std::uint32_t count = 0;  // items, at least 1
  bool taken = false;       // the host took it back
};

enum class Verdict : std::uint8_t {
  untouched,    // READY: to be dealt elsewhere
  nothing,      // TAKEN or stepped over
  interrupted,  // RUNNING: `complete` items are kept; a culprit if complete < count
  collected,    // DONE: read its results as from a living worker
  corrupt       // nothing in it is believed
};

struct Finding {
  Verdict verdict = Verdict::corrupt;
  std::uint32_t complete = 0;  // interrupted: items whose results are complete
};

// The table above, as a pure function of what is seen after the worker's death.
[[nodiscard]] Finding examine_cell(const CellTruth& truth, std::uint32_t state_word_seen,
                                   std::uint64_t progress_seen) noexcept;

// For the host: what a cell it has filled says while its worker lives.
enum class Look : std::uint8_t { pending, done, passed_over, corrupt };
[[nodiscard]] constexpr Look look_at_cell(const CellTruth& truth, std::uint32_t seen) noexcept {
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

// For the worker: what the cell at its cursor says, at `position` in a ring of `cells`. Empty: the
// host has not filled it since the last lap.
enum class Cursor : std::uint8_t { empty, ready, taken, corrupt };
[[nodiscard]] constexpr Cursor look_at_cursor(std::uint64_t position, std::uint32_t cells,
                                              std::uint32_t seen) noexcept {
  if (seen == state_word(CellState::ready, turn_at(position))) return Cursor::ready;
  if (seen == state_word(CellState::taken, turn_at(position))) return Cursor::taken;
  const std::uint32_t last_lap = turn_at(position - cells);
  if (seen == state_word(CellState::free, last_lap)) return Cursor::empty;
  if (seen == state_word(CellState::done, last_lap)) return Cursor::empty;  // not collected yet
  return Cursor::corrupt;
}

// What the cell at `position` says when the host may fill it.
[[nodiscard]] constexpr std::uint32_t unused_word(std::uint64_t position,
                                                  std::uint32_t cells) noexcept {
  return state_word(CellState::free, turn_at(position - cells));
}

}  // namespace forkmap::lane
