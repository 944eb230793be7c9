// SPDX-License-Identifier: Apache-2.0
#include "core/lane/host_lane.hpp"

#include <algorithm>
#include <new>

#include "core/base/check.hpp"
#include "core/shm/memfd.hpp"

namespace forkmap::lane {

namespace {

constexpr std::uint64_t kPrefetchedCells = 8;

// A word that the worker may be writing: read once, whatever the compiler would like.
template <class Word>
[[nodiscard]] Word read_once(const Word& shared) noexcept {
  return *const_cast<const volatile Word*>(&shared);
}

// What is no time at all, or longer than a year, is not believed.
[[nodiscard]] std::uint64_t whole_ns(float time_ns) noexcept {
  constexpr float kLongest = 3.2e16F;
  return time_ns >= 0 && time_ns < kLongest ? static_cast<std::uint64_t>(time_ns) : 0;
}

[[nodiscard]] Completion read_control_values(std::uint64_t tag, std::uint32_t index,
                                             const ResultCell& cell) noexcept {
  return {tag,
          index,
          read_once(cell.completed),
          read_once(cell.flags),
          whole_ns(read_once(cell.run_time_ns)),
          read_once(cell.bytes_used),
          read_once(cell.text_bytes)};
}

}  // namespace

HostLane::HostLane(const LaneShape& shape, std::uint64_t first_position)
    : inputs_fd_(shm::create_memfd("forkmap-inputs", shape.inputs_bytes())),
      results_fd_(shm::create_memfd("forkmap-results", shape.results_bytes())),
      inputs_(inputs_fd_.get(), shm::Access::read_write, shape.inputs_bytes(), shm::AtFork::absent),
      results_(results_fd_.get(), shm::Access::read_write, shape.results_bytes(),
               shm::AtFork::absent),
      view_(inputs_.data(), results_.data(), shape),
      entries_(shape.cells),
      fills_(shape.cells),
      head_(first_position),
      tail_(first_position) {
  FORKMAP_CHECK(shape.cells >= 1 && (shape.cells & (shape.cells - 1)) == 0);
  // The files read as zeros; what is not zero has to be written.
  for (std::uint32_t ahead = 0; ahead < shape.cells; ++ahead) {
    const std::uint64_t position = first_position + ahead;
    new (&view_.result_cell(cell_at(position)).state)
        std::atomic<std::uint32_t>(unused_word(position, shape.cells));
  }
  new (&view_.worker_words().progress)
      std::atomic<std::uint64_t>(progress_word(turn_at(first_position - 1), kIdle));
  for (std::uint32_t window = shape.cells; window > 0; --window) windows_.push_back(window - 1);
}

void HostLane::forget_descriptors() noexcept {
  inputs_fd_.reset();
  results_fd_.reset();
}

std::uint32_t HostLane::take_window() noexcept {
  if (windows_.empty()) return kNoWindow;
  const std::uint32_t window = windows_.back();
  windows_.pop_back();
  return window;
}

void HostLane::return_window(std::uint32_t window) noexcept {
  FORKMAP_CHECK(window < shape().cells && windows_.size() < shape().cells);
  windows_.push_back(window);  // capacity is there: every window was in the list at the start
}

void HostLane::note_fill(std::uint32_t window, std::uint64_t input_fill_bytes,
                         std::uint64_t result_fill_bytes) noexcept {
  Fill& fill = fills_[window];
  fill.input_bytes = std::max(fill.input_bytes, input_fill_bytes);
  fill.result_bytes = std::max(fill.result_bytes, result_fill_bytes);
  fill.sweeps = 0;
}

void HostLane::punch_window(std::uint32_t window, std::uint64_t above_bytes) noexcept {
  Fill& fill = fills_[window];
  if (fill.input_bytes + fill.result_bytes <= above_bytes) return;
  inputs_.punch(shape().input_window_offset_bytes(window), shape().window_bytes);
  results_.punch(shape().result_window_offset_bytes(window), shape().window_bytes);
  fill = {};
}

bool HostLane::sweep_windows(std::uint64_t above_bytes) noexcept {
  constexpr std::uint32_t kSweeps = 2;
  bool any_left = false;
  for (const std::uint32_t window : windows_) {
    Fill& fill = fills_[window];
    if (fill.input_bytes + fill.result_bytes <= above_bytes) continue;
    if (++fill.sweeps < kSweeps) {
      any_left = true;
    } else {
      punch_window(window, above_bytes);
    }
  }
  return any_left;
}

std::uint64_t HostLane::window_high_water_bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const Fill& fill : fills_) sum += fill.input_bytes + fill.result_bytes;
  return sum;
}

std::uint32_t HostLane::unstarted() const noexcept {
  std::uint32_t count = 0;
  for (std::uint64_t position = tail_; position != head_; ++position) {
    // Relaxed: a count for scheduling; whoever takes a cell back does so by CAS.
    const std::uint32_t word =
        view_.result_cell(cell_at(position)).state.load(std::memory_order_relaxed);
    if (state_of(word) == CellState::ready) ++count;
  }
  return count;
}

InputCell& HostLane::next_cell() noexcept {
  FORKMAP_CHECK(!full());
  return view_.input_cell(cell_at(head_));
}

std::uint32_t HostLane::push(std::uint64_t tag) noexcept {
  FORKMAP_CHECK(!full());
  const std::uint32_t cell = cell_at(head_);
  const std::uint32_t turn = turn_at(head_);
  const std::uint32_t count = view_.input_cell(cell).count;
  FORKMAP_CHECK(count >= 1 && count < kIdle);
  entries_[cell] = {{turn, count, false}, tag};
  std::atomic<std::uint32_t>& state = view_.result_cell(cell).state;
  // Relaxed: the word was written by this side, or seen before with acquire.
  if (state.load(std::memory_order_relaxed) != unused_word(head_, shape().cells)) corrupt_ = true;
  ++head_;
  // The worker has read it last; the line comes back while other things are done.
  __builtin_prefetch(&view_.input_cell(cell_at(head_ + kPrefetchedCells)), 1);
  state.store(state_word(CellState::ready, turn), std::memory_order_release);  // SYNC: cell-ready
  return turn;
}

HostLane::State HostLane::look(Completion& completion) noexcept {
  if (corrupt_) return State::corrupt;
  while (tail_ != head_) {
    const std::uint32_t index = cell_at(tail_);
    __builtin_prefetch(&view_.result_cell(cell_at(tail_ + kPrefetchedCells)), 1);
    const Entry& entry = entries_[index];
    ResultCell& cell = view_.result_cell(index);
    const std::uint32_t word = cell.state.load(std::memory_order_acquire);  // SYNC: cell-done
    switch (look_at_cell(entry.truth, word)) {
      case Look::pending:
        return State::nothing;
      case Look::passed_over:
        ++tail_;
        continue;
      case Look::corrupt:
        return State::corrupt;
      case Look::done:
        break;
    }
    completion = read_control_values(entry.tag, index, cell);
    return completion.completed <= entry.truth.count ? State::completion : State::corrupt;
  }
  return State::nothing;
}

Completion HostLane::completion_of(const Remains& remains) const noexcept {
  return read_control_values(remains.tag, remains.cell, view_.result_cell(remains.cell));
}

void HostLane::release_oldest() noexcept {
  FORKMAP_CHECK(tail_ != head_);
  const std::uint32_t index = cell_at(tail_);
  released_turn_ = entries_[index].truth.turn;
  // Relaxed: the worker reads nothing of a FREE cell, and the next push releases.
  view_.result_cell(index).state.store(state_word(CellState::free, entries_[index].truth.turn),
                                       std::memory_order_relaxed);
  ++tail_;
}

std::optional<HostLane::TakenBack> HostLane::take_back_newest() noexcept {
  for (std::uint64_t position = head_; position != tail_; --position) {
    const std::uint32_t index = cell_at(position - 1);
    Entry& entry = entries_[index];
    if (entry.truth.taken) continue;
    std::uint32_t expected = state_word(CellState::ready, entry.truth.turn);
    // Relaxed: nothing was written by the worker in a READY cell, and it reads nothing of a TAKEN
    // one.
    if (!view_.result_cell(index).state.compare_exchange_strong(
            expected, state_word(CellState::taken, entry.truth.turn), std::memory_order_relaxed,
            std::memory_order_relaxed)) {
      return std::nullopt;  // the worker has it, and had every older one before it
    }
    entry.truth.taken = true;
    return TakenBack{entry.tag, index};
  }
  return std::nullopt;
}

void HostLane::ask_retire() noexcept {
  view_.host_words().retire.store(1, std::memory_order_release);  // SYNC: retire
  wake_worker();
}

std::vector<Remains> HostLane::post_mortem() {
  std::vector<Remains> remains;
  remains.reserve(outstanding());
  bool beyond_cursor = false;
  // SYNC: progress
  const std::uint64_t progress = view_.worker_words().progress.load(std::memory_order_acquire);
  for (; tail_ != head_; ++tail_) {
    const std::uint32_t index = cell_at(tail_);
    const Entry& entry = entries_[index];
    // SYNC: cell-done
    const std::uint32_t word = view_.result_cell(index).state.load(std::memory_order_acquire);
    Finding finding = examine_cell(entry.truth, word, progress);
    const CellState state = state_of(word);
    if (finding.verdict != Verdict::corrupt) {
      const bool untouched = state == CellState::ready || state == CellState::taken;
      if (beyond_cursor && !untouched) finding = {Verdict::corrupt, 0};
      beyond_cursor = beyond_cursor || untouched || state == CellState::running;
    }
    remains.push_back({entry.tag, index, finding});
  }
  return remains;
}

std::optional<HostLane::Running> HostLane::running() const noexcept {
  // SYNC: progress
  const std::uint64_t word = view_.worker_words().progress.load(std::memory_order_acquire);
  if (progress_items(word) == kIdle) return std::nullopt;
  for (std::uint64_t position = tail_; position != head_; ++position) {
    const Entry& entry = entries_[cell_at(position)];
    if (entry.truth.turn != progress_turn(word) || entry.truth.taken) continue;
    if (progress_items(word) >= entry.truth.count) return std::nullopt;
    return Running{entry.tag, entry.truth.turn, progress_items(word)};
  }
  return std::nullopt;
}

bool HostLane::progress_is_possible() const noexcept {
  // SYNC: progress
  const std::uint64_t word = view_.worker_words().progress.load(std::memory_order_acquire);
  if (progress_items(word) == kIdle || progress_turn(word) == released_turn_) return true;
  for (std::uint64_t position = tail_; position != head_; ++position) {
    const CellTruth& truth = entries_[cell_at(position)].truth;
    if (truth.turn == progress_turn(word)) return progress_items(word) <= truth.count;
  }
  return false;
}

}  // namespace forkmap::lane
