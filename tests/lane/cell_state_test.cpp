// SPDX-License-Identifier: Apache-2.0
#include "core/lane/cell_state.hpp"

#include <array>
#include <ostream>
#include <set>

#include "tests/catch.hpp"

using namespace forkmap::lane;

namespace {

constexpr std::uint32_t kTurn = 77;
constexpr std::uint32_t kCount = 10;
constexpr CellTruth kGiven{kTurn, kCount, false};
constexpr CellTruth kTakenBack{kTurn, kCount, true};

constexpr std::array kStates = {CellState::free, CellState::ready, CellState::running,
                                CellState::done, CellState::taken};

}  // namespace

namespace forkmap::lane {

bool operator==(const Finding& one, const Finding& other) {
  return one.verdict == other.verdict && one.complete == other.complete;
}
std::ostream& operator<<(std::ostream& stream, const Finding& finding) {
  return stream << "{verdict " << static_cast<int>(finding.verdict) << ", " << finding.complete
                << " complete}";
}

}  // namespace forkmap::lane

TEST_CASE("a state word keeps state and turn apart") {
  for (const CellState state : kStates) {
    for (const std::uint32_t turn : {0U, 1U, kTurn, kTurnMask - 1, kTurnMask}) {
      const std::uint32_t word = state_word(state, turn);
      CHECK(state_of(word) == state);
      CHECK(turn_of(word) == turn);
    }
  }
  CHECK(turn_of(state_word(CellState::taken, kTurnMask + 1)) == 0);
}

TEST_CASE("turns follow from positions and wrap at 29 bits") {
  CHECK(turn_at(0) == 1);
  CHECK(turn_at(41) == 42);
  CHECK(kTurnMask == (1U << 29U) - 1);
  CHECK(turn_at(kTurnMask - 1) == kTurnMask);
  CHECK(turn_at(kTurnMask) == 0);
  CHECK(turn_at(std::uint64_t{kTurnMask} + 1) == 1);
  CHECK(turn_at(~std::uint64_t{0}) == 0);  // the position before the first
}

TEST_CASE("a progress word keeps turn and items apart") {
  CHECK(progress_turn(progress_word(kTurnMask, kIdle)) == kTurnMask);
  CHECK(progress_items(progress_word(kTurnMask, kIdle)) == kIdle);
  CHECK(progress_turn(progress_word(3, 4)) == 3);
  CHECK(progress_items(progress_word(3, 4)) == 4);
}

// The crash table of the header, row by row.
TEST_CASE("after a death each state of a cell has its verdict") {
  const auto seen = [](CellState state) { return state_word(state, kTurn); };
  const std::uint64_t before = progress_word(kTurn - 1, kIdle);

  SECTION("before the claiming CAS: untouched") {
    CHECK(examine_cell(kGiven, seen(CellState::ready), before) == Finding{Verdict::untouched, 0});
  }
  SECTION("before stepping over a cell taken back: nothing") {
    CHECK(examine_cell(kTakenBack, seen(CellState::taken), before) == Finding{Verdict::nothing, 0});
  }
  SECTION("after stepping over it: nothing") {
    CHECK(examine_cell(kTakenBack, seen(CellState::free), before) == Finding{Verdict::nothing, 0});
  }
  SECTION("after the CAS, before the first progress word: item 0 is the culprit") {
    CHECK(examine_cell(kGiven, seen(CellState::running), before) ==
          Finding{Verdict::interrupted, 0});
  }
  SECTION("inside item n: the items before it are kept, it is the culprit") {
    for (std::uint32_t item = 0; item < kCount; ++item) {
      CHECK(examine_cell(kGiven, seen(CellState::running), progress_word(kTurn, item)) ==
            Finding{Verdict::interrupted, item});
    }
  }
  SECTION("after the last item: all are kept") {
    CHECK(examine_cell(kGiven, seen(CellState::running), progress_word(kTurn, kCount)) ==
          Finding{Verdict::interrupted, kCount});
  }
  SECTION("after publishing, before and after the idle mark: collected") {
    for (const std::uint32_t items : {kCount, kIdle}) {
      CHECK(examine_cell(kGiven, seen(CellState::done), progress_word(kTurn, items)) ==
            Finding{Verdict::collected, kCount});
    }
  }
  SECTION("more items complete than there are: corrupt") {
    for (const std::uint32_t items : {kCount + 1, kIdle - 1, kIdle}) {
      CHECK(examine_cell(kGiven, seen(CellState::running), progress_word(kTurn, items)) ==
            Finding{Verdict::corrupt, 0});
    }
  }
  SECTION("no state at all: corrupt") {
    for (std::uint32_t bits = 5; bits <= kStateMask; ++bits) {
      for (const CellTruth& truth : {kGiven, kTakenBack}) {
        CHECK(examine_cell(truth, (kTurn << kStateBits) | bits, before) ==
              Finding{Verdict::corrupt, 0});
      }
    }
  }
}

TEST_CASE("after a death every state is corrupt in another turn, whatever progress says") {
  for (const std::uint32_t turn : {0U, kTurn - 1, kTurn + 1, kTurn + 64, kTurnMask}) {
    for (std::uint32_t bits = 0; bits <= kStateMask; ++bits) {
      for (const CellTruth& truth : {kGiven, kTakenBack}) {
        for (const std::uint32_t progress_at : {kTurn, turn}) {
          for (const std::uint32_t items : {0U, kCount, kIdle}) {
            CHECK(examine_cell(truth, (turn << kStateBits) | bits,
                               progress_word(progress_at, items)) == Finding{Verdict::corrupt, 0});
          }
        }
      }
    }
  }
}

// Every state x taken back or not x progress of this turn or another: only the rows above are
// sound.
TEST_CASE("after a death no other pair of truth and state is believed") {
  const std::set<std::pair<bool, CellState>> sound = {{false, CellState::ready},
                                                      {false, CellState::running},
                                                      {false, CellState::done},
                                                      {true, CellState::taken},
                                                      {true, CellState::free}};
  for (const CellState state : kStates) {
    for (const bool taken : {false, true}) {
      for (const std::uint32_t turn : {kTurn - 1, kTurn}) {
        for (const std::uint32_t items : {0U, 3U, kCount}) {
          const Finding finding = examine_cell(
              taken ? kTakenBack : kGiven, state_word(state, kTurn), progress_word(turn, items));
          INFO("state " << static_cast<int>(state) << ", taken " << taken);
          CHECK((finding.verdict != Verdict::corrupt) == sound.contains({taken, state}));
        }
      }
    }
  }
}

TEST_CASE("the host knows what a cell of a living worker may say") {
  const auto look = [](const CellTruth& truth, CellState state) {
    return look_at_cell(truth, state_word(state, kTurn));
  };
  CHECK(look(kGiven, CellState::ready) == Look::pending);
  CHECK(look(kGiven, CellState::running) == Look::pending);
  CHECK(look(kGiven, CellState::done) == Look::done);
  CHECK(look(kGiven, CellState::free) == Look::corrupt);
  CHECK(look(kGiven, CellState::taken) == Look::corrupt);
  CHECK(look(kTakenBack, CellState::taken) == Look::pending);
  CHECK(look(kTakenBack, CellState::free) == Look::passed_over);
  CHECK(look(kTakenBack, CellState::ready) == Look::corrupt);
  CHECK(look(kTakenBack, CellState::running) == Look::corrupt);
  CHECK(look(kTakenBack, CellState::done) == Look::corrupt);
  for (std::uint32_t bits = 0; bits <= kStateMask; ++bits) {
    for (const CellTruth& truth : {kGiven, kTakenBack}) {
      CHECK(look_at_cell(truth, ((kTurn + 1) << kStateBits) | bits) == Look::corrupt);
      if (bits > static_cast<std::uint32_t>(CellState::taken)) {
        CHECK(look_at_cell(truth, (kTurn << kStateBits) | bits) == Look::corrupt);
      }
    }
  }
}

TEST_CASE("the worker knows what the cell at its cursor may say") {
  constexpr std::uint32_t cells = 8;
  for (const std::uint64_t position :
       {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{8}, std::uint64_t{1000},
        std::uint64_t{kTurnMask} - 4, std::uint64_t{kTurnMask}, std::uint64_t{kTurnMask} + 4}) {
    const std::uint32_t turn = turn_at(position);
    const std::uint32_t last_lap = (turn - cells) & kTurnMask;
    INFO("position " << position);
    CHECK(unused_word(position, cells) == state_word(CellState::free, last_lap));
    for (const std::uint32_t seen : {turn, last_lap, (turn + cells) & kTurnMask,
                                     (turn - 1) & kTurnMask, (turn + 1) & kTurnMask}) {
      for (std::uint32_t bits = 0; bits <= kStateMask; ++bits) {
        const auto state = static_cast<CellState>(bits);
        Cursor expected = Cursor::corrupt;
        if (seen == turn && state == CellState::ready) expected = Cursor::ready;
        if (seen == turn && state == CellState::taken) expected = Cursor::taken;
        if (seen == last_lap && (state == CellState::free || state == CellState::done)) {
          expected = Cursor::empty;
        }
        INFO("turn " << seen << ", state " << bits);
        CHECK(look_at_cursor(position, cells, (seen << kStateBits) | bits) == expected);
      }
    }
  }
}
