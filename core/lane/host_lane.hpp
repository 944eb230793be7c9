// SPDX-License-Identifier: Apache-2.0
//
// The producer's end of a lane. Runs in the host, one thread.
//  L1 Each cell is in one state; each transition has one side that may make it. What a cell may say
//     next is known from the private table below; anything else makes the lane corrupt.
//  L2 The worker takes cells in ring order, so from the oldest cell on there are finished ones, at
//  most
//     one RUNNING, and untouched ones, in this order.
//  L4 The truth (which task each cell holds) is here, in private memory. Every control value read
//     from `results` is copied once, checked, and used from the copy.
//  L5 After a death, post_mortem() may be called only when the worker's pidfd has become readable.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/lane/doorbell.hpp"
#include "core/lane/lane_memory.hpp"
#include "core/shm/mapping.hpp"

namespace forkmap::lane {

inline constexpr std::uint32_t kNoWindow = 0xffffffffU;

// Control values of a DONE cell, copied and checked against `count` only; the sizes are to be
// checked against the layout by who knows it.
struct Completion {
  std::uint64_t tag = 0;  // as given to push()
  std::uint32_t cell = 0;
  std::uint32_t completed = 0;
  std::uint32_t flags = 0;
  std::uint64_t run_time_ns = 0;
  std::uint64_t bytes_used = 0;
  std::uint64_t text_bytes = 0;
};

// What a dead worker left of one task, oldest first.
struct Remains {
  std::uint64_t tag = 0;
  std::uint32_t cell = 0;
  Finding finding;
};

// A window that is idle keeps so much of its memory.
inline constexpr std::uint64_t kKeptWindowBytes = std::uint64_t{4} << 20U;

class HostLane {
 public:
  // Creates both files and maps them. Throws SystemError. `first_position` is where in the ring it
  // begins; turns follow from it (tests begin near their wrap).
  explicit HostLane(const LaneShape& shape, std::uint64_t first_position = 0);

  // For the spawn message; the descriptors are closed by forget_descriptors().
  [[nodiscard]] int inputs_fd() const noexcept { return inputs_fd_.get(); }
  [[nodiscard]] int results_fd() const noexcept { return results_fd_.get(); }
  void forget_descriptors() noexcept;

  [[nodiscard]] const LaneView& view() const noexcept { return view_; }
  [[nodiscard]] const LaneShape& shape() const noexcept { return view_.shape(); }

  // Windows: last in, first out, so a lane that is k tasks deep touches k warm windows. A caller
  // may hold windows before and after the cell that names them. kNoWindow when all are taken.
  [[nodiscard]] std::uint32_t take_window() noexcept;
  void return_window(std::uint32_t window) noexcept;
  [[nodiscard]] std::uint32_t free_windows() const noexcept {
    return static_cast<std::uint32_t>(windows_.size());
  }
  // Notes that a window's inputs or results reached this fill.
  void note_fill(std::uint32_t window, std::uint64_t input_fill_bytes,
                 std::uint64_t result_fill_bytes) noexcept;
  // Gives the memory of a free window back if its high-water mark is above so many bytes.
  void punch_window(std::uint32_t window, std::uint64_t above_bytes) noexcept;
  // The same for all free windows, once none has used them since two sweeps before. True: some are
  // still above.
  bool sweep_windows(std::uint64_t above_bytes) noexcept;
  [[nodiscard]] std::uint64_t window_high_water_bytes() const noexcept;

  [[nodiscard]] bool full() const noexcept { return head_ - tail_ == shape().cells; }
  [[nodiscard]] std::uint32_t outstanding() const noexcept {
    return static_cast<std::uint32_t>(head_ - tail_);
  }
  [[nodiscard]] std::uint32_t unstarted() const noexcept;  // cells READY now, by a look

  // The input cell that the next push() publishes; the caller fills it (or its payload) in place.
  [[nodiscard]] InputCell& next_cell() noexcept;
  [[nodiscard]] std::uint32_t next_cell_index() const noexcept { return cell_at(head_); }
  [[nodiscard]] std::uint32_t newest_cell_index() const noexcept { return cell_at(head_ - 1); }
  // Publishes it. `tag` is the caller's, given back with the cell. Returns the turn. Not full(). If
  // the cell was not FREE, look() says corrupt from then on.
  std::uint32_t push(std::uint64_t tag) noexcept;
  // After one or more pushes, before the host sleeps; also if they were taken back in between,
  // since only the worker can make room of TAKEN cells.
  void wake_worker() noexcept { wake_worker_if_sleeping(view_.worker_words()); }

  enum class State : std::uint8_t { nothing, completion, corrupt };
  // Looks at the oldest cell. `completion`: its control values, valid until release_oldest().
  // Steps over cells that were taken back and that the worker has passed.
  [[nodiscard]] State look(Completion& completion) noexcept;
  // Whether the oldest cell says DONE; a hint.
  [[nodiscard]] bool has_completion() const noexcept {
    if (tail_ == head_) return false;
    // Relaxed: look() acquires.
    const std::uint32_t word =
        view_.result_cell(cell_at(tail_)).state.load(std::memory_order_relaxed);
    return state_of(word) == CellState::done;
  }
  void release_oldest() noexcept;
  // The control values of a cell that post_mortem() found `collected`; unchecked.
  [[nodiscard]] Completion completion_of(const Remains& remains) const noexcept;

  // Takes back the newest cell that is still READY. Its tag and cell index (whose input payload
  // stays readable until the next push); nothing if none is left.
  struct TakenBack {
    std::uint64_t tag;
    std::uint32_t cell;
  };
  [[nodiscard]] std::optional<TakenBack> take_back_newest() noexcept;

  void ask_retire() noexcept;

  // Everything outstanding, oldest first, judged by the crash table; the lane is spent afterwards.
  // A cell whose state breaks the order of L2 is corrupt.
  [[nodiscard]] std::vector<Remains> post_mortem();

  // The item that runs now, by the progress word alone; untrusted, for display and stop_item.
  struct Running {
    std::uint64_t tag;
    std::uint32_t turn;
    std::uint32_t item;
  };
  [[nodiscard]] std::optional<Running> running() const noexcept;
  // Whether the progress word is one that this lane's worker can have written (L1): idle, the turn
  // of an outstanding cell with at most its count of items, or that of the cell released last,
  // whose worker is just about to say idle.
  [[nodiscard]] bool progress_is_possible() const noexcept;

 private:
  struct Entry {
    CellTruth truth;
    std::uint64_t tag = 0;
  };

  base::UniqueFd inputs_fd_;
  base::UniqueFd results_fd_;
  shm::Mapping inputs_;
  shm::Mapping results_;
  LaneView view_;
  std::vector<Entry> entries_;          // by cell index
  std::vector<std::uint32_t> windows_;  // free ones, last in first out
  struct Fill {
    std::uint64_t input_bytes = 0;
    std::uint64_t result_bytes = 0;
    std::uint32_t sweeps = 0;  // that found it free, since it was used last
  };
  std::vector<Fill> fills_;          // high-water marks since the last punch, by window
  std::uint64_t head_;               // position of the next push
  std::uint64_t tail_;               // position of the oldest outstanding cell
  std::uint32_t released_turn_ = 0;  // of the cell that was released last
  bool corrupt_ = false;             // found by push()

  [[nodiscard]] std::uint32_t cell_at(std::uint64_t position) const noexcept {
    return static_cast<std::uint32_t>(position & (shape().cells - 1));
  }
};

}  // namespace forkmap::lane
