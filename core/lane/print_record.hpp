// SPDX-License-Identifier: Apache-2.0
//
// The print area of a lane: where in a worker's output tasks begin and failed items end, as byte
// offsets from the worker's birth. It says to whom belongs what a worker has printed.
//
// Who runs this: the worker's own thread writes; the host reads, failures when it collects their
// task, and the mark after the worker's end.
//  P1 The mark {offset, index}: what is printed from `offset` on is by items from `index` on. It
//     is written into the slot that the version does not name, then the version is stored, with
//     release; so a death leaves a whole one.
//  P2 A failure is kept only if something was printed since the mark before it, in a ring: the host
//     finds the last kPrintFailures of them. Its key is 0 while it is written. Before the worker
//     writes over that of a task which the host has not collected it waits for a while.
//  P3 Everything is untrusted: offsets are compared with what the host has read.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

#include "core/lane/lane_memory.hpp"

namespace forkmap::lane {

inline constexpr std::size_t kPrintFailures = 250;

struct PrintRecord {
  struct Mark {
    std::atomic<std::uint64_t> offset{0};
    std::atomic<std::uint64_t> index{0};  // in the whole input
  };
  struct Failure {
    std::atomic<std::uint64_t> key{0};
    std::atomic<std::uint64_t> begin{0};  // offset of the mark before it
    std::atomic<std::uint64_t> end{0};    // offset when it failed
    std::atomic<std::uint64_t> index{0};  // of that mark
  };
  std::atomic<std::uint64_t> version{0};   // marks so far; the last is in slot `version % 2`
  std::atomic<std::uint64_t> failures{0};  // so far; the next goes to slot `failures % N`
  Mark marks[2];
  Failure ring[kPrintFailures];
};
static_assert(sizeof(PrintRecord) <= kPrintAreaBytes);
static_assert(std::is_standard_layout_v<PrintRecord>);

[[nodiscard]] inline PrintRecord& print_record(const LaneView& lane) noexcept {
  return *reinterpret_cast<PrintRecord*>(lane.print_area());
}

// Checked by nobody yet.
struct PrintMark {
  std::uint64_t offset = 0;
  std::uint64_t index = 0;
};
struct PrintedFailure {
  std::uint32_t item = 0;  // in its task
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t index = 0;
};

// Worker.
void write_mark(PrintRecord& record, const PrintMark& mark) noexcept;
void write_failure(PrintRecord& record, std::uint32_t turn, const PrintedFailure& failure) noexcept;
// The next failure goes to the place of one whose task is done and awaits the host.
[[nodiscard]] bool would_lose_failure(const LaneView& lane) noexcept;

// Host. Nothing if the worker has made no mark.
[[nodiscard]] std::optional<PrintMark> read_mark(const LaneView& lane) noexcept;
// Of the task with that turn, in no order.
[[nodiscard]] std::vector<PrintedFailure> read_failures(const LaneView& lane, std::uint32_t turn);

}  // namespace forkmap::lane
