// SPDX-License-Identifier: Apache-2.0
//
// The maps that are open on an engine. Private memory of the host, one thread. What a step does
// with them does not depend on how many there are: a program may have many thousands of submitted
// items out.
//  O1 A map is in the turn unless it can give nothing: its source has ended; or has nothing at
//     hand, until the pauses are forgotten; or so much of it is unread that it is held, until
//     something of it is read.
//  O2 A map in the turn is given after those that were in its row before it, whatever comes after.
//  O3 A map is kept until it is settled and its source is not being asked.
#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/map/map.hpp"

namespace forkmap::pool {

class OpenMaps {
 public:
  OpenMaps() = default;
  OpenMaps(const OpenMaps&) = delete;
  OpenMaps& operator=(const OpenMaps&) = delete;
  ~OpenMaps() { clear(); }

  void add(const std::shared_ptr<Map>& map);
  void clear() noexcept;

  // Maps take turns, in three rows: those of which nothing is out, submitted items, and the others.
  // The one that is given goes to the back of its row. Null: there is none.
  static constexpr std::array kRows = {MapPlace::idle, MapPlace::submitted, MapPlace::going};
  [[nodiscard]] std::shared_ptr<Map> take_turn(MapPlace row) noexcept;
  // It is the next of its row.
  void return_turn(Map& map) noexcept;
  [[nodiscard]] std::size_t in_turn(MapPlace row) const noexcept { return list(row).size(); }
  [[nodiscard]] std::size_t in_turn() const noexcept {
    return in_turn(kRows[0]) + in_turn(kRows[1]) + in_turn(kRows[2]);
  }
  // Something of it may have been given to a worker: it is in the row where it belongs.
  void note_given(Map& map) noexcept { sort_in(map); }
  // Too much of it is unread: its reader lets it in again.
  void hold(Map& map) noexcept;
  // Its reader took something.
  void note_read(Map& map) noexcept;
  // The measure of too much has changed.
  void let_all_in() noexcept;

  // No more items of it will come.
  void end_source(Map& map);
  // Its source has nothing at hand; asked again from the next forget_pauses() on.
  void pause_source(Map& map) noexcept;
  void forget_pauses() noexcept;
  // Its running items are to be stopped at a time.
  void stop_at(Map& map, std::chrono::steady_clock::time_point time) noexcept;
  [[nodiscard]] bool any_stopping() const noexcept { return stopping_ != 0; }

  void note_outcomes(Map& map);  // some were delivered
  void release_settled();        // O3
  [[nodiscard]] std::size_t awaiting_release() const noexcept { return settled_.size(); }

  // All of them, for callers whose work may end some.
  [[nodiscard]] std::vector<std::shared_ptr<Map>> all() const;
  [[nodiscard]] bool all_settled() const noexcept;

 private:
  using List = boost::intrusive::list<Map>;
  std::array<List, 6> lists_;  // by place
  std::vector<Map*> settled_;  // to be released, each once
  std::size_t stopping_ = 0;   // maps with a time to stop at
  std::uint64_t opened_ = 0;   // maps so far

  [[nodiscard]] List& list(MapPlace place) noexcept {
    return lists_[static_cast<std::size_t>(place) - 1];
  }
  [[nodiscard]] const List& list(MapPlace place) const noexcept {
    return lists_[static_cast<std::size_t>(place) - 1];
  }
  void move_to(Map& map, MapPlace place) noexcept;
  [[nodiscard]] static MapPlace turn_of(const Map& map) noexcept;
  void sort_in(Map& map) noexcept;
  void release(Map& map) noexcept;
};

}  // namespace forkmap::pool
