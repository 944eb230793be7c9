// SPDX-License-Identifier: Apache-2.0
#include "core/lane/worker_lane.hpp"

#include <utility>

#include "core/base/relax_cpu.hpp"
#include "core/lane/futex.hpp"

namespace forkmap::lane {

namespace {

constexpr int kLooksPerClockRead = 64;

}  // namespace

std::optional<WorkerLane::Claim> WorkerLane::try_claim() noexcept {
  for (;;) {
    const std::uint32_t cell = cell_index();
    std::atomic<std::uint32_t>& state = view_.result_cell(cell).state;
    std::uint32_t word = state.load(std::memory_order_relaxed);  // relaxed: the CAS acquires
    const std::uint32_t turn = turn_at(position_);
    switch (look_at_cursor(position_, view_.shape().cells, word)) {
      case Cursor::ready:
        __builtin_prefetch(&view_.input_cell(cell));  // comes while the word below is claimed
        // SYNC: cell-ready
        if (!state.compare_exchange_strong(word, state_word(CellState::running, turn),
                                           std::memory_order_acquire, std::memory_order_relaxed)) {
          continue;  // taken back at this very moment
        }
        tell_limit(view_.input_cell(cell).limit);
        // SYNC: progress
        view_.worker_words().progress.store(progress_word(turn, 0), std::memory_order_release);
        // Costs nothing; keeps a load of the first item, which may crash, behind the store above.
        std::atomic_signal_fence(std::memory_order_seq_cst);
        passed_over_ = false;  // publish() tells the host
        prefetch_next();
        return Claim{cell, turn, &view_.input_cell(cell)};
      case Cursor::taken:
        // Nothing was read of the cell; release, because the store is half of a hand-over all the
        // same: the host's acquire in look() orders its next use of the cell.
        state.store(state_word(CellState::free, turn),
                    std::memory_order_release);  // SYNC: cell-done
        ++position_;
        passed_over_ = true;
        continue;
      case Cursor::empty:
        // The host may be asleep and wait for room that only these steps have made.
        if (std::exchange(passed_over_, false)) tell_host();
        return std::nullopt;
      case Cursor::corrupt:
        fault_ = LaneFault::corrupt;
        return std::nullopt;
    }
  }
}

bool WorkerLane::publish(const Claim& claim) noexcept {
  ResultCell& cell = view_.result_cell(claim.cell);
  // SYNC: cell-done
  cell.state.store(state_word(CellState::done, claim.turn), std::memory_order_release);
  // SYNC: progress
  view_.worker_words().progress.store(progress_word(claim.turn, kIdle), std::memory_order_release);
  ++position_;
  tell_host();
  return fault_ == LaneFault::none;
}

void WorkerLane::tell_limit(std::uint32_t limit) noexcept {
  if (limit == limit_) return;
  limit_ = limit;
  // Relaxed: the store of progress, which is idle until then, releases it.
  view_.worker_words().limit.store(limit, std::memory_order_relaxed);
}

void WorkerLane::tell_host() noexcept {
  if (!doorbell_->ring_if_sleeping(view_.worker_words()) && fault_ == LaneFault::none) {
    fault_ = LaneFault::doorbell_lost;
  }
}

bool WorkerLane::retire_asked() const noexcept {
  // SYNC: retire
  return view_.host_words().retire.load(std::memory_order_acquire) != 0;
}

bool WorkerLane::has_news() const noexcept {
  // Relaxed: only a hint to look properly. A corrupt word is news too: it is not slept upon.
  const std::uint32_t word = view_.result_cell(cell_index()).state.load(std::memory_order_relaxed);
  return look_at_cursor(position_, view_.shape().cells, word) != Cursor::empty ||
         view_.host_words().retire.load(std::memory_order_relaxed) != 0;
}

bool WorkerLane::ring_is_sound() noexcept {
  const std::uint32_t cells = view_.shape().cells;
  for (std::uint64_t position = position_; position != position_ + cells; ++position) {
    const auto cell = static_cast<std::uint32_t>(position & (cells - 1));
    // Relaxed: nothing is read but the word, and each word it may hold leads to this position's
    // turn.
    const std::uint32_t word = view_.result_cell(cell).state.load(std::memory_order_relaxed);
    if (look_at_cursor(position, cells, word) == Cursor::corrupt) {
      fault_ = LaneFault::corrupt;
      return false;
    }
  }
  return true;
}

bool WorkerLane::wait(std::chrono::nanoseconds spin) noexcept {
  if (fault_ != LaneFault::none) return false;
  if (spin.count() > 0) {
    const auto until = std::chrono::steady_clock::now() + spin;
    do {
      for (int look = 0; look < kLooksPerClockRead; ++look) {
        if (has_news()) return true;
        base::relax_cpu();
      }
    } while (std::chrono::steady_clock::now() < until);
  }
  if (!ring_is_sound()) return false;
  WorkerWords& words = view_.worker_words();
  // Relaxed: should the count already hold a wake-up for this sleep, then the fences at both ends
  // order its cause before the look below.
  const std::uint32_t seen = words.wake_count.load(std::memory_order_relaxed);
  words.worker_sleeping.store(1, std::memory_order_relaxed);  // relaxed: the fence orders it
  std::atomic_thread_fence(std::memory_order_seq_cst);        // SYNC: worker-sleep
  if (!has_news()) futex_wait(words.wake_count, seen);
  words.worker_sleeping.store(0, std::memory_order_relaxed);  // relaxed: a late wake-up is harmless
  return true;
}

bool WorkerLane::set_phase(WorkerPhase phase) noexcept {
  // SYNC: phase
  view_.worker_words().phase.store(phase, std::memory_order_release);
  tell_host();
  return fault_ == LaneFault::none;
}

}  // namespace forkmap::lane
