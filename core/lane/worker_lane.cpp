// SPDX-License-Identifier: Apache-2.0
#include "core/lane/worker_lane.hpp"

#include "core/lane/futex.hpp"

namespace forkmap::lane {

namespace {

void relax_cpu() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

constexpr int kLooksPerClockRead = 64;

}  // namespace

std::optional<WorkerLane::Claim> WorkerLane::try_claim() noexcept {
  for (;;) {
    const std::uint32_t cell = cell_index();
    std::atomic<std::uint32_t>& state = view_.result_cell(cell).state;
    std::uint32_t word = state.load(std::memory_order_relaxed);  // relaxed: the CAS acquires
    if (state_of(word) == CellState::taken) {
      // The host is done with a cell it took back; this store only hands the place in the ring back.
      state.store(state_word(CellState::free, turn_of(word)), std::memory_order_release);
      ++position_;
      continue;
    }
    if (state_of(word) != CellState::ready) return std::nullopt;
    const std::uint32_t turn = turn_of(word);
    // SYNC: cell-ready
    if (!state.compare_exchange_strong(word, state_word(CellState::running, turn),
                                       std::memory_order_acquire, std::memory_order_relaxed)) {
      continue;  // taken back at this very moment
    }
    // SYNC: progress
    view_.worker_words().progress.store(progress_word(turn, 0), std::memory_order_release);
    return Claim{cell, turn, &view_.input_cell(cell)};
  }
}

bool WorkerLane::publish(const Claim& claim) noexcept {
  ResultCell& cell = view_.result_cell(claim.cell);
  // SYNC: cell-done
  cell.state.store(state_word(CellState::done, claim.turn), std::memory_order_release);
  // SYNC: progress
  view_.worker_words().progress.store(progress_word(claim.turn, kIdle), std::memory_order_release);
  ++position_;
  return doorbell_->ring_if_sleeping(view_.worker_words());
}

bool WorkerLane::retire_asked() const noexcept {
  // SYNC: retire
  return view_.host_words().retire.load(std::memory_order_acquire) != 0;
}

bool WorkerLane::has_news() const noexcept {
  // Relaxed: only a hint to look properly.
  const std::uint32_t word =
      view_.result_cell(cell_index()).state.load(std::memory_order_relaxed);
  return state_of(word) == CellState::ready || state_of(word) == CellState::taken ||
         view_.host_words().retire.load(std::memory_order_relaxed) != 0;
}

void WorkerLane::wait(std::chrono::nanoseconds spin) noexcept {
  if (spin.count() > 0) {
    const auto until = std::chrono::steady_clock::now() + spin;
    do {
      for (int look = 0; look < kLooksPerClockRead; ++look) {
        if (has_news()) return;
        relax_cpu();
      }
    } while (std::chrono::steady_clock::now() < until);
  }
  WorkerWords& words = view_.worker_words();
  // Relaxed: the fence below orders both; the futex compares the counter again.
  const std::uint32_t seen = words.wake_count.load(std::memory_order_relaxed);
  words.worker_sleeping.store(1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);  // SYNC: worker-sleep
  if (!has_news()) futex_wait(words.wake_count, seen);
  words.worker_sleeping.store(0, std::memory_order_relaxed);  // relaxed: a late wake-up is harmless
}

bool WorkerLane::set_phase(WorkerPhase phase) noexcept {
  // SYNC: phase
  view_.worker_words().phase.store(phase, std::memory_order_release);
  return doorbell_->ring_if_sleeping(view_.worker_words());
}

}  // namespace forkmap::lane
