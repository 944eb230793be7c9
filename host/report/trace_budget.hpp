// SPDX-License-Identifier: Apache-2.0
//
// How finely a run of unknown length is traced, so that its events fit so many bytes. The first
// half of them is used without joining anything; then events are joined over ever longer times,
// four times as long for the next quarter, and again for each 64th of what is left then, which
// lasts for longer than any run.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace forkmap::host {

class TraceBudget {
 public:
  // `finest`: over which events are joined in any case.
  explicit TraceBudget(std::uint64_t bytes, std::chrono::nanoseconds finest = {}) noexcept
      : all_(bytes), left_(bytes), mark_(bytes / 2), resolution_(finest) {}

  // Room for one more event of this size; false: there is none.
  [[nodiscard]] bool take(std::uint64_t bytes) noexcept {
    if (bytes > left_) return false;
    left_ -= bytes;
    while (left_ < mark_) {
      resolution_ = resolution_ < kFirstJoin ? kFirstJoin : resolution_ * 4;
      mark_ = mark_ > all_ / 4 ? all_ / 4 : mark_ - std::min(mark_, all_ / 64 + 1);
    }
    return true;
  }
  // Neighbours that together are no longer than this are to be one event.
  [[nodiscard]] std::chrono::nanoseconds resolution() const noexcept { return resolution_; }

 private:
  static constexpr std::chrono::nanoseconds kFirstJoin = std::chrono::microseconds(100);

  std::uint64_t all_;
  std::uint64_t left_;
  std::uint64_t mark_;
  std::chrono::nanoseconds resolution_;
};

}  // namespace forkmap::host
