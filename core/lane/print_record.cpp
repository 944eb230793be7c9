// SPDX-License-Identifier: Apache-2.0
#include "core/lane/print_record.hpp"

namespace forkmap::lane {

namespace {

std::uint64_t key_of(std::uint32_t turn, std::uint32_t item) noexcept {
  return (std::uint64_t{turn} << 32U) + item + 1;  // never 0
}

}  // namespace

void write_mark(PrintRecord& record, const PrintMark& mark) noexcept {
  // Relaxed: this thread alone writes it.
  const std::uint64_t version = record.version.load(std::memory_order_relaxed) + 1;
  PrintRecord::Mark& slot = record.marks[version % 2];
  slot.offset.store(mark.offset, std::memory_order_relaxed);  // relaxed: the version releases it
  slot.index.store(mark.index, std::memory_order_relaxed);    // relaxed: likewise
  record.version.store(version, std::memory_order_release);   // SYNC: print-mark
}

void write_failure(PrintRecord& record, std::uint32_t turn,
                   const PrintedFailure& failure) noexcept {
  // Relaxed: this thread alone writes it.
  const std::uint64_t number = record.failures.load(std::memory_order_relaxed);
  PrintRecord::Failure& slot = record.ring[number % kPrintFailures];
  slot.key.store(0, std::memory_order_relaxed);  // relaxed: the fence orders it
  // Whoever sees a field of below sees that the key is gone.
  std::atomic_thread_fence(std::memory_order_release);  // SYNC: print-failure-gone
  // Relaxed: the key releases them.
  slot.begin.store(failure.begin, std::memory_order_relaxed);
  slot.end.store(failure.end, std::memory_order_relaxed);
  slot.index.store(failure.index, std::memory_order_relaxed);
  slot.key.store(key_of(turn, failure.item), std::memory_order_release);  // SYNC: print-failure
  // Relaxed: whether there are any, for the host; the task's DONE orders it.
  record.failures.store(number + 1, std::memory_order_relaxed);
}

bool would_lose_failure(const LaneView& lane) noexcept {
  const PrintRecord& record = print_record(lane);
  // Relaxed: this thread alone writes both.
  const std::uint64_t number = record.failures.load(std::memory_order_relaxed);
  const std::uint64_t key =
      record.ring[number % kPrintFailures].key.load(std::memory_order_relaxed);
  if (key == 0) return false;
  const auto turn = static_cast<std::uint32_t>((key - 1) >> 32U);
  const std::uint32_t cell = (turn - 1) & (lane.shape().cells - 1);  // turn_at()
  // Relaxed: who overwrites too early, whatever the order, loses a text and nothing else (P3).
  return lane.result_cell(cell).state.load(std::memory_order_relaxed) ==
         state_word(CellState::done, turn);
}

std::optional<PrintMark> read_mark(const LaneView& lane) noexcept {
  const PrintRecord& record = print_record(lane);
  // SYNC: print-mark
  const std::uint64_t version = record.version.load(std::memory_order_acquire);
  if (version == 0) return std::nullopt;
  const PrintRecord::Mark& slot = record.marks[version % 2];
  // Relaxed: the version orders them, and the worker has ended.
  return PrintMark{slot.offset.load(std::memory_order_relaxed),
                   slot.index.load(std::memory_order_relaxed)};
}

std::vector<PrintedFailure> read_failures(const LaneView& lane, std::uint32_t turn) {
  std::vector<PrintedFailure> found;
  for (const PrintRecord::Failure& slot : print_record(lane).ring) {
    const std::uint64_t key = slot.key.load(std::memory_order_acquire);  // SYNC: print-failure
    if (key == 0 || (key - 1) >> 32U != turn) continue;
    // Relaxed: between the two looks at the key.
    const PrintedFailure failure{
        static_cast<std::uint32_t>(key - 1), slot.begin.load(std::memory_order_relaxed),
        slot.end.load(std::memory_order_relaxed), slot.index.load(std::memory_order_relaxed)};
    std::atomic_thread_fence(std::memory_order_acquire);  // SYNC: print-failure-gone
    // Relaxed: the fence orders it.
    if (slot.key.load(std::memory_order_relaxed) == key) found.push_back(failure);
  }
  return found;
}

}  // namespace forkmap::lane
