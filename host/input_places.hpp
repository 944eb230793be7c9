// SPDX-License-Identifier: Apache-2.0
//
// How far into the input so many items reach: what a journal needs to go on behind them, and to
// know that the input still begins with the same bytes.
//  P1 A place is behind an item, never inside of one or between one and what is passed over.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>

#include "host/stream_hash.hpp"

namespace forkmap::host {

struct InputPlace {
  std::uint64_t items = 0;           // given before it, counted from the start of the whole input
  std::uint64_t bytes = 0;           // of the input before it
  std::uint64_t hash = hash_of({});  // of those bytes
  friend bool operator==(const InputPlace&, const InputPlace&) = default;
};

class InputPlaces {
 public:
  InputPlaces() { marks_.emplace_back(); }

  // The input goes on with these bytes.
  void pass(std::string_view bytes) noexcept {
    hash_.add(bytes);
    bytes_ += bytes.size();
  }
  // The last item before here is number `items` of the whole input (from 1).
  void mark(std::uint64_t items) { marks_.push_back({items, bytes_, hash_.value()}); }
  // As mark(), and what lies before is forgotten.
  void begin_at(std::uint64_t items);
  // The last mark with at most so many items; those before it are forgotten.
  [[nodiscard]] const InputPlace& last_before(std::uint64_t items);
  [[nodiscard]] const InputPlace& last() const noexcept { return marks_.back(); }

 private:
  StreamHash hash_;
  std::uint64_t bytes_ = 0;
  std::deque<InputPlace> marks_;  // ascending; never empty
};

}  // namespace forkmap::host
