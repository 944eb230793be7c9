// SPDX-License-Identifier: Apache-2.0
//
// The maps that are open on an engine. Private memory of the host, one thread. What a step does
// with them does not depend on how many there are: a program may have many thousands of submitted
// items out.
//  O1 A map that may still give items is in the turn; once its source has ended it is not.
//  O2 A map is kept until it is settled, nothing of it is in flight and its source is not being
//  asked.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <memory>
#include <vector>

#include "core/pool/map.hpp"

namespace forkmap::pool {

class OpenMaps {
 public:
  OpenMaps() = default;
  OpenMaps(const OpenMaps&) = delete;
  OpenMaps& operator=(const OpenMaps&) = delete;
  ~OpenMaps() { clear(); }

  void add(const std::shared_ptr<Map>& map);  // its turn is next
  void clear() noexcept;

  // Maps take turns: the one that is given goes to the back. Null: there is none.
  [[nodiscard]] std::shared_ptr<Map> take_turn();
  [[nodiscard]] std::size_t in_turn() const noexcept { return in_turn_.size(); }

  // No more items of it will come.
  void end_source(Map& map);
  // Its source has nothing at hand; asked again from the next forget_pauses() on.
  void pause_source(Map& map) noexcept;
  void forget_pauses() noexcept;
  // Its running items are to be stopped at a time.
  void stop_at(Map& map, std::chrono::steady_clock::time_point time) noexcept;
  [[nodiscard]] bool any_stopping() const noexcept { return stopping_ != 0; }

  void note_outcomes(Map& map);  // some were delivered
  void release_settled();        // O2
  [[nodiscard]] std::size_t awaiting_release() const noexcept { return settled_.size(); }

  // All of them, for callers whose work may end some.
  [[nodiscard]] std::vector<std::shared_ptr<Map>> all() const;
  [[nodiscard]] bool all_settled() const noexcept;

 private:
  using List = boost::intrusive::list<Map>;
  List in_turn_;
  List ended_;                 // their sources have
  std::vector<Map*> settled_;  // to be released, each once
  std::size_t stopping_ = 0;   // maps with a time to stop at
  bool any_paused_ = false;

  void release(Map& map) noexcept;
};

}  // namespace forkmap::pool
