// SPDX-License-Identifier: Apache-2.0
//
// Tells the observer of a pool, if there is one.
#pragma once

#include <string_view>

#include "core/site/pool_events.hpp"

namespace forkmap::pool {

class Events {
 public:
  // Null: nobody watches. It outlives this.
  explicit Events(PoolObserver* observer) noexcept : observer_(observer) {}

  // For those who would measure something first.
  [[nodiscard]] bool are_watched() const noexcept { return observer_ != nullptr; }
  template <class Event>
  void tell(const Event& event) const noexcept {
    if (observer_ != nullptr) observer_->note(event);
  }
  void tell_shortage(std::string_view why, EventTime at) const noexcept {
    if (observer_ != nullptr) observer_->note_shortage(why, at);
  }
  void tell_resize(int workers, EventTime at) const noexcept {
    if (observer_ != nullptr) observer_->note_resize(workers, at);
  }
  void tell_pause(bool on, EventTime at) const noexcept {
    if (observer_ != nullptr) observer_->note_pause(on, at);
  }

 private:
  PoolObserver* observer_;
};

}  // namespace forkmap::pool
