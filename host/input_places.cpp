// SPDX-License-Identifier: Apache-2.0
#include "host/input_places.hpp"

namespace forkmap::host {

void InputPlaces::begin_at(std::uint64_t items) {
  marks_.clear();
  mark(items);
}

const InputPlace& InputPlaces::last_before(std::uint64_t items) {
  while (marks_.size() > 1 && marks_[1].items <= items) marks_.pop_front();
  return marks_.front();
}

}  // namespace forkmap::host
