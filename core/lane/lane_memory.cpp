// SPDX-License-Identifier: Apache-2.0
#include "core/lane/lane_memory.hpp"

#include <forkmap/error.hpp>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <string>

#include "core/base/check.hpp"
#include "core/shm/memfd.hpp"

namespace forkmap::lane {

namespace {

std::uint64_t input_cells_offset_bytes() { return shm::page_bytes(); }
std::uint64_t crash_offset_bytes() { return shm::round_up_to_page(sizeof(WorkerWords)); }
std::uint64_t print_offset_bytes() {
  return crash_offset_bytes() + shm::round_up_to_page(kCrashAreaBytes);
}
std::uint64_t result_cells_offset_bytes() {
  return print_offset_bytes() + shm::round_up_to_page(kPrintAreaBytes);
}
std::uint64_t input_windows_offset_bytes(std::uint32_t cells) {
  return input_cells_offset_bytes() + shm::round_up_to_page(sizeof(InputCell) * cells);
}
std::uint64_t result_windows_offset_bytes(std::uint32_t cells) {
  return result_cells_offset_bytes() + shm::round_up_to_page(sizeof(ResultCell) * cells);
}

// No window is larger, so that no sum over a lane leaves 64 bits.
constexpr std::uint64_t kMostWindowBytes = std::uint64_t{1} << 46U;

}  // namespace

std::uint64_t LaneShape::inputs_bytes() const noexcept { return input_window_offset_bytes(cells); }
std::uint64_t LaneShape::results_bytes() const noexcept {
  return result_window_offset_bytes(cells);
}
std::uint64_t LaneShape::input_window_offset_bytes(std::uint32_t window) const noexcept {
  return input_windows_offset_bytes(cells) + window * window_bytes;
}
std::uint64_t LaneShape::result_window_offset_bytes(std::uint32_t window) const noexcept {
  return result_windows_offset_bytes(cells) + window * window_bytes;
}

LaneShape fit_shape(LaneShape wanted, std::uint64_t limit_bytes) {
  FORKMAP_CHECK(wanted.cells >= 1 && wanted.cells <= kMaxCells &&
                std::has_single_bit(wanted.cells));
  LaneShape shape = wanted;
  const auto need_bytes = [&] { return shape.inputs_bytes() + shape.results_bytes(); };
  shape.window_bytes = shm::round_up_to_page(std::min(shape.window_bytes, kMostWindowBytes));
  while (need_bytes() > limit_bytes && shape.window_bytes > kMinWindowBytes) {
    shape.window_bytes = std::max(kMinWindowBytes, shm::round_up_to_page(shape.window_bytes / 2));
  }
  while (need_bytes() > limit_bytes && shape.cells > kMinCells) shape.cells /= 2;
  if (need_bytes() > limit_bytes) {
    throw SystemError("cannot create a lane: with " + std::to_string(shape.cells) +
                          " windows of window_bytes = " + std::to_string(shape.window_bytes) +
                          " it needs " + std::to_string(need_bytes()) +
                          " bytes of shared memory, and the limit is " +
                          std::to_string(limit_bytes) +
                          "; raise RLIMIT_AS (ulimit -v) or RLIMIT_FSIZE (ulimit -f)",
                      ENOMEM);
  }
  return shape;
}

LaneView::LaneView(std::byte* inputs, std::byte* results, const LaneShape& shape) noexcept
    : host_words_(reinterpret_cast<HostWords*>(inputs)),
      worker_words_(reinterpret_cast<WorkerWords*>(results)),
      crash_area_(results + crash_offset_bytes()),
      print_area_(results + print_offset_bytes()),
      input_cells_(reinterpret_cast<InputCell*>(inputs + input_cells_offset_bytes())),
      result_cells_(reinterpret_cast<ResultCell*>(results + result_cells_offset_bytes())),
      input_windows_(inputs + shape.input_window_offset_bytes(0)),
      result_windows_(results + shape.result_window_offset_bytes(0)),
      shape_(shape) {}

std::uint64_t progress_on_page(const std::byte* results_page) noexcept {
  const auto& words = *reinterpret_cast<const WorkerWords*>(results_page);
  return words.progress.load(std::memory_order_acquire);  // SYNC: progress
}

std::uint32_t limit_on_page(const std::byte* results_page) noexcept {
  if (progress_items(progress_on_page(results_page)) == kIdle) return 0;
  const auto& words = *reinterpret_cast<const WorkerWords*>(results_page);
  return words.limit.load(std::memory_order_relaxed);  // relaxed: the load of progress orders it
}

bool is_leaving_on_page(const std::byte* results_page) noexcept {
  const auto& words = *reinterpret_cast<const WorkerWords*>(results_page);
  switch (words.phase.load(std::memory_order_acquire)) {  // SYNC: phase
    case WorkerPhase::leaving:
    case WorkerPhase::ending:
    case WorkerPhase::ended:
      return true;
    case WorkerPhase::starting:
    case WorkerPhase::ready:
    case WorkerPhase::failed:
      break;
  }
  return false;  // or what only a function can have written there
}

}  // namespace forkmap::lane
