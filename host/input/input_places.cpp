// SPDX-License-Identifier: Apache-2.0
#include "host/input/input_places.hpp"

#include <algorithm>
#include <utility>

namespace forkmap::host {

void InputPlaces::go_on(const InputPlace& place, std::string_view rest) {
  hash_.go_on(place.hash, place.bytes, rest);
}

void InputPlaces::mark(std::uint64_t items) {
  marks_.push_back({here(items), std::exchange(behind_last_, {})});
}

void InputPlaces::mark_left_out(std::uint64_t items) {
  if (marks_.size() > 1 && marks_.back().is_left_out) {
    marks_.back().place = here(items);
    marks_.back().ahead += std::exchange(behind_last_, {});
    return;
  }
  mark(items);
  marks_.back().is_left_out = true;
}

void InputPlaces::begin_at(std::uint64_t items) {
  marks_.clear();
  behind_last_ = between_ = {};
  marks_.push_back({here(items), {}});
}

const InputPlace& InputPlaces::last_before(std::uint64_t items) {
  while (marks_.size() > 1 && marks_[1].place.items <= items) {
    marks_.pop_front();
    between_ -= std::exchange(marks_.front().ahead, {});
  }
  return marks_.front().place;
}

void InputPlaces::vouch_for(std::uint64_t item, const Hash128& hash) {
  const auto behind =
      std::ranges::upper_bound(marks_, item, {}, [](const Mark& mark) { return mark.place.items; });
  (behind == marks_.end() ? behind_last_ : behind->ahead) += hash;
  between_ += hash;
}

Hash128 InputPlaces::ahead() const noexcept {
  Hash128 sum = between_;
  sum += expected_;
  return sum;
}

void InputPlaces::settled_before(std::uint64_t item, const Hash128& hash) {
  expected_ -= hash;
  vouch_for(item, hash);
}

}  // namespace forkmap::host
