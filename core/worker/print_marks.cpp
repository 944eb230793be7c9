// SPDX-License-Identifier: Apache-2.0
#include "core/worker/print_marks.hpp"

#include <stdio_ext.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

namespace forkmap::pool {

namespace {

// The host reads now and then, and is quick; but it may be put off its core in the middle of that.
constexpr int kQuickTries = 4;
constexpr int kPatientTries = 5000;
constexpr int kRoomTries = 500;
constexpr timespec kPause = {.tv_sec = 0, .tv_nsec = 50'000};

}  // namespace

// Without a mark the one before holds, and more items can have printed what is behind it.
void PrintMarks::mark(std::uint64_t index) noexcept {
  std::uint64_t offset = 0;
  if (!find_offset(offset, kQuickTries)) return;
  is_first_ = false;
  unmarked_ns_ = 0;
  mark_ = {offset, index};
  lane::write_mark(lane::print_record(view_), mark_);
}

void PrintMarks::note_failure(std::uint32_t item) noexcept {
  if (!is_piped_) return;
  flush_output();
  std::uint64_t offset = 0;
  if (!find_offset(offset, kPatientTries)) return;
  if (offset > mark_.offset) {
    wait_for_room();
    lane::write_failure(lane::print_record(view_), turn_,
                        {item, mark_.offset, offset, mark_.index});
  }
  mark_ = {offset, first_index_ + (item + std::uint64_t{1}) * index_stride_};
  lane::write_mark(lane::print_record(view_), mark_);
}

// The host reads what failures have printed when it collects their tasks, and may be behind by a
// lane of them. One that collects nothing at all is waited for once: the time is the item's.
void PrintMarks::wait_for_room() noexcept {
  int tries = 0;
  for (; lane::would_lose_failure(view_); ++tries) {
    if (host_is_away_ || tries == kRoomTries) {
      host_is_away_ = true;
      return;
    }
    ::nanosleep(&kPause, nullptr);
  }
  host_is_away_ = false;
}

bool PrintMarks::find_offset(std::uint64_t& offset, int most_tries) noexcept {
  const std::atomic<std::uint64_t>& word = view_.host_words().output_taken;
  for (int tries = 0; tries < most_tries; ++tries) {
    if (tries >= kQuickTries) ::nanosleep(&kPause, nullptr);
    // SYNC: output-taken
    const std::uint64_t before = word.load(std::memory_order_acquire);
    int waiting_bytes = 0;
    // A function may have put something else into the place of the pipe.
    if (::ioctl(STDERR_FILENO, FIONREAD, &waiting_bytes) != 0 || waiting_bytes < 0) return false;
    std::atomic_thread_fence(std::memory_order_seq_cst);
    // Relaxed: the fence orders it behind the question.
    const std::uint64_t after = word.load(std::memory_order_relaxed);
    if (before != after || (before & lane::kTakingOutput) != 0) continue;
    seen_taken_ = after;
    offset = (after >> 1U) + static_cast<std::uint64_t>(waiting_bytes);
    return true;
  }
  return false;
}

void flush_output() noexcept {
  if (__fpending(stdout) != 0) std::fflush(stdout);
  if (__fpending(stderr) != 0) std::fflush(stderr);
}

}  // namespace forkmap::pool
