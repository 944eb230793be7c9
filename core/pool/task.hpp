// SPDX-License-Identifier: Apache-2.0
//
// The host's truth about a task: which items it holds, where their rows are, what was charged.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "core/lane/host_lane.hpp"
#include "core/map/portion.hpp"
#include "core/pool/pool_owner.hpp"

namespace forkmap::pool {

// A window that is kept though no cell names it any more; given back when the last task or batch
// that refers to it is gone. The lane's memory lives as long, also when its worker is dead. Another
// thread, or a child, that drops the last batch gives nothing back: the books are not its own.
class HeldWindow {
 public:
  // When it is given back, its memory is too if its high-water mark is above `kept_bytes`.
  HeldWindow(std::shared_ptr<lane::HostLane> lane, std::uint32_t window,
             std::shared_ptr<const PoolOwner> owner, std::uint64_t kept_bytes = UINT64_MAX) noexcept
      : lane_(std::move(lane)),
        owner_(std::move(owner)),
        window_(window),
        kept_bytes_(kept_bytes) {}
  HeldWindow(const HeldWindow&) = delete;
  HeldWindow& operator=(const HeldWindow&) = delete;
  ~HeldWindow() {
    if (!owner_->is_here()) return;
    lane_->return_window(window_);
    lane_->punch_window(window_, kept_bytes_);
  }

  [[nodiscard]] const std::byte* inputs() const noexcept {
    return lane_->view().input_window(window_);
  }
  [[nodiscard]] bool is_of(const lane::HostLane& lane) const noexcept {
    return lane_.get() == &lane;
  }

 private:
  std::shared_ptr<lane::HostLane> lane_;
  std::shared_ptr<const PoolOwner> owner_;
  std::uint32_t window_;
  std::uint64_t kept_bytes_;
};

inline constexpr std::uint32_t kAnyWorker = 0xffffffffU;

struct Task : Portion {
  bool wants_fresh = false;  // to be the first task of a new worker, and alone in it
  // While it is pending: the slot of the worker that died with it, whose successor gets it.
  std::uint32_t home = kAnyWorker;
  bool one_by_one = false;  // its items are given to workers as tasks of their own
  // To its worker; where its map asks for times, or has a limit that follows the median.
  std::chrono::steady_clock::time_point sent{};
  std::uint32_t counted = 0;  // items that were counted for the median while it runs

  // Rows: `count` from `row` on, in a block of `capacity` rows; 0 in the arena.
  std::uint64_t row = 0;
  std::uint32_t capacity = 0;
  bool in_payload = false;                  // the block is `payload`
  std::shared_ptr<HeldWindow> window;       // the block is this window (null while a cell names it)
  std::shared_ptr<const std::byte[]> copy;  // or this private copy
  std::array<std::byte, lane::kInputPayloadBytes> payload{};
  std::uint64_t bytes = 0;  // of the block's bytes area
};

// A task in a cell.
struct TaskInCell {
  Task task;
  std::uint32_t window = lane::kNoWindow;
  std::uint32_t turn = 0;
  bool discard = false;  // its map was cancelled: nobody wants the results
};

}  // namespace forkmap::pool
