// SPDX-License-Identifier: Apache-2.0
//
// In a worker whose output is a pipe of the host: marks in the lane (print_record.hpp) how far it
// has printed when a task begins and when an item fails.
//
// Where nothing is printed, a task costs one look at a word of the host's, and no system call: the
// host says how much it has taken out of the pipe. If that has moved, or a little time has passed,
// the pipe is asked how much is in it, and the sum is the offset.
#pragma once

#include <cstdint>

#include "core/lane/print_record.hpp"

namespace forkmap::pool {

class PrintMarks {
 public:
  PrintMarks(const lane::LaneView& view, bool is_piped) noexcept
      : view_(view), is_piped_(is_piped) {}

  // A task begins; `first_index` and `index_stride` are those of its items in the whole input.
  void begin_task(std::uint32_t turn, std::uint64_t first_index,
                  std::uint64_t index_stride) noexcept {
    if (!is_piped_) return;
    turn_ = turn;
    first_index_ = first_index;
    index_stride_ = index_stride;
    // Relaxed: mark() looks again, in order.
    const bool has_moved =
        view_.host_words().output_taken.load(std::memory_order_relaxed) != seen_taken_;
    if (has_moved || is_first_ || unmarked_ns_ >= kMarkInterval_ns) mark(first_index);
  }
  void note_time(float run_time_ns) noexcept { unmarked_ns_ += run_time_ns; }

  // An item of the task has failed with a message, and its outcome cannot be seen yet.
  void note_failure(std::uint32_t item) noexcept;

 private:
  static constexpr float kMarkInterval_ns = 200'000;

  void mark(std::uint64_t index) noexcept;
  void wait_for_room() noexcept;
  // How much was printed in all; false if that cannot be known now.
  [[nodiscard]] bool find_offset(std::uint64_t& offset, int most_tries) noexcept;

  lane::LaneView view_;
  bool is_piped_;
  bool is_first_ = true;
  std::uint32_t turn_ = 0;
  std::uint64_t first_index_ = 0;
  std::uint64_t index_stride_ = 1;
  std::uint64_t seen_taken_ = 0;  // the host's word at the last mark
  float unmarked_ns_ = 0;         // of tasks since then
  lane::PrintMark mark_;
  bool host_is_away_ = false;  // it was waited for in vain
};

// What the C library still holds of standard output and error goes out.
void flush_output() noexcept;

}  // namespace forkmap::pool
