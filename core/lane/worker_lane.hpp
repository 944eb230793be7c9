// SPDX-License-Identifier: Apache-2.0
//
// The consumer's end of a lane. Runs in exactly one worker process, one thread.
//  L2 It takes cells in ring order; at most one is RUNNING. It knows what the word at its cursor
//  may
//     say; anything else makes the lane corrupt, and the worker leaves.
//  L3 A DONE cell's results are complete, and so are those of the first `progress` items of a
//  RUNNING
//     one.
//  L6 `progress` is stored as {turn, 0} right after the claiming CAS, before any user code, as
//     {turn, n} after item n - 1 (by the function's loop), and as {turn, idle} after DONE.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/lane/doorbell.hpp"
#include "core/lane/lane_memory.hpp"

namespace forkmap::lane {

// Why a worker has to leave.
enum class LaneFault : std::uint8_t { none, doorbell_lost, corrupt };

class WorkerLane {
 public:
  // `first_position` as given to the HostLane.
  WorkerLane(LaneView view, const Doorbell& doorbell, std::uint64_t first_position = 0) noexcept
      : view_(view), doorbell_(&doorbell), position_(first_position) {}

  struct Claim {
    std::uint32_t cell;
    std::uint32_t turn;
    const InputCell* task;
  };

  // The next cell, claimed; nothing when the ring holds none now. Steps over cells taken back, and
  // tells the host, which may wait for their room, when nothing follows them.
  [[nodiscard]] std::optional<Claim> try_claim() noexcept;

  // Publishes a claimed cell whose control fields (completed, flags, sizes, time) are written.
  // False: there is a fault(), the worker has to leave.
  [[nodiscard]] bool publish(const Claim& claim) noexcept;

  // The host has asked this worker to leave when its ring is empty.
  [[nodiscard]] bool retire_asked() const noexcept;

  // Whether try_claim() or retire_asked() may have news now; a hint.
  [[nodiscard]] bool has_news() const noexcept;
  // Waits until try_claim() or retire_asked() may have news: spins for `spin`, then sleeps. False
  // as publish().
  [[nodiscard]] bool wait(std::chrono::nanoseconds spin) noexcept;

  // Tells the host that the phase changed. False as publish().
  [[nodiscard]] bool set_phase(WorkerPhase phase) noexcept;

  [[nodiscard]] LaneFault fault() const noexcept { return fault_; }

  // Looks at all cells; false, with a fault(), if one says what it cannot say. Part of wait(): a
  // cell behind the cursor that says READY again would be waited for by the host and never taken.
  [[nodiscard]] bool ring_is_sound() noexcept;
  [[nodiscard]] const LaneView& view() const noexcept { return view_; }

 private:
  LaneView view_;
  const Doorbell* doorbell_;
  std::uint64_t position_;    // of the next cell; its index is position modulo cells
  std::uint32_t limit_ = 0;   // as told by the lane's word
  bool passed_over_ = false;  // since the host was last told
  LaneFault fault_ = LaneFault::none;

  [[nodiscard]] std::uint32_t cell_index() const noexcept {
    return static_cast<std::uint32_t>(position_ & (view_.shape().cells - 1));
  }
  void tell_host() noexcept;
  void tell_limit(std::uint32_t limit) noexcept;
  // The host has probably written the next cell; its lines come while this one runs.
  void prefetch_next() const noexcept {
    const auto next = static_cast<std::uint32_t>((position_ + 6) & (view_.shape().cells - 1));
    __builtin_prefetch(&view_.input_cell(next));
    __builtin_prefetch(&view_.result_cell(next), 1);
  }
};

}  // namespace forkmap::lane
