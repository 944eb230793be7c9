// SPDX-License-Identifier: Apache-2.0
//
// How far into the input so many items reach, and what vouches for them: what a journal needs to go
// on behind them, and to know that they are still the same.
//  P1 A place is behind an item, never inside of one or between one and what is passed over.
//  P2 Every settled item is vouched for: by the hash of the bytes before last_before(), or, behind
//     that place, in the sum ahead().
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>

#include "host/io/stream_hash.hpp"

namespace forkmap::host {

struct InputPlace {
  std::uint64_t items = 0;  // given before it, counted from the start of the whole input
  std::uint64_t bytes = 0;  // of the input before it
  Hash128 hash = {};        // of those bytes
  friend bool operator==(const InputPlace&, const InputPlace&) = default;
};

// All of an input, with what other shards take of it.
struct WholeInput {
  std::uint64_t bytes = 0;
  Hash128 hash = {};
  friend bool operator==(const WholeInput&, const WholeInput&) = default;
};

class InputPlaces {
 public:
  InputPlaces() { marks_.emplace_back(); }

  // The input goes on with these bytes.
  void pass(std::string_view bytes) noexcept { hash_.add(bytes); }
  // Goes to a place without the bytes before it, but for the last of them (StreamHash).
  void go_on(const InputPlace& place, std::string_view rest);
  // The last item before here is number `items` of the whole input (from 1).
  void mark(std::uint64_t items);
  // As mark(), behind an item that was settled before: such marks in a row become one.
  void mark_left_out(std::uint64_t items);
  // As mark(), and what lies before is forgotten.
  void begin_at(std::uint64_t items);
  // The last mark with at most so many items; those before it are forgotten.
  [[nodiscard]] const InputPlace& last_before(std::uint64_t items);
  // Where the input has been passed to.
  [[nodiscard]] InputPlace here(std::uint64_t items) const {
    return {items, hash_.size_bytes(), hash_.value()};
  }

  // An item (from 0) is settled, and no mark that was asked for lies behind it.
  void vouch_for(std::uint64_t item, const Hash128& hash);
  // The sum for all settled items behind the last place that was asked for.
  [[nodiscard]] Hash128 ahead() const noexcept;

  // An earlier run has vouched for items behind its place, with this sum; each comes by in
  // settled_before(). What is left of the sum then: nothing, if they were the same.
  void expect(const Hash128& sum) noexcept { expected_ = sum; }
  void settled_before(std::uint64_t item, const Hash128& hash);
  [[nodiscard]] const Hash128& expected() const noexcept { return expected_; }

 private:
  struct Mark {
    InputPlace place;
    Hash128 ahead;  // of the settled items between the mark before and this one
    bool is_left_out = false;
  };

  StreamHash hash_;
  std::deque<Mark> marks_;  // ascending; never empty
  Hash128 behind_last_;     // of settled items behind the last mark
  Hash128 between_;         // the sum of all `ahead` but the first, and behind_last_
  Hash128 expected_;
};

}  // namespace forkmap::host
