// SPDX-License-Identifier: Apache-2.0
//
// The memory of one lane: two shared files between the host and exactly one worker.
//
//   inputs   (host read-write, worker read-only)
//     page 0       host words
//     then         input cells, 128 bytes each
//     then         input windows
//   results  (both read-write; absent in the worker's children)
//     page 0       worker words, progress, message; the zygote maps this page, read-only
//     page 1       crash area (crash_record.hpp)
//     pages 2, 3   print area (print_record.hpp)
//     then         result cells, 64 bytes each
//     then         result windows
//
// Who may write what:
//   HostWords            host only. The worker reads.
//   InputCell            host only, while the cell is FREE. The worker reads it after its CAS.
//   ResultCell::state    both, by the state machine of cell_state.hpp.
//   ResultCell, rest     worker only, while the cell is RUNNING. The host reads it when DONE, once.
//   WorkerWords          field by field below.
//   windows              inputs: host; results: worker. The cell that names a window owns it.
// No lock, no pointer: offsets and indices only. A worker that is killed anywhere leaves every word
// whole (each is written by one atomic store) and holds nothing that anybody waits for.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "core/lane/cell_state.hpp"

namespace forkmap::lane {

inline constexpr std::size_t kCacheLineBytes = 64;

// Whether a task has lines of text, and what the worker prints of their results.
enum class TextForm : std::uint8_t {
  none = 0,    // a column task
  parsed = 1,  // lines in, columns out
  block = 2,   // lines in; the lines of their results, as one stretch
  lines = 3    // the same, with the end of each item's line
};

// How a task's text lines are split and printed; zero in a column task.
struct TextMarks {
  char delimiter = 0;
  char terminator = 0;
  bool raw = false;
  TextForm form = TextForm::none;

  [[nodiscard]] bool is_text() const noexcept { return form != TextForm::none; }
  [[nodiscard]] bool is_printed() const noexcept { return form > TextForm::parsed; }
};

// Where the columns of a task lie.
enum class Place : std::uint8_t {
  window = 0,  // in the window that the cell names
  cell = 1,    // in the cell itself
  arena = 2    // fixed columns in the arena, at the offsets that stand in the input window or cell
};

inline constexpr std::size_t kInputPayloadBytes = 80;
inline constexpr std::size_t kResultPayloadBytes = 32;

enum TaskFlags : std::uint8_t {
  kItemByItem = 1,  // a vectorized function is called for each item alone
  kTimed = 2        // its time is measured, also where the look at the clock costs as much
};

// One task, as the host describes it. A payload of two words shares the line of the description.
struct alignas(kCacheLineBytes) InputCell {
  std::uint32_t function = 0;        // number in the registry
  std::uint32_t count = 0;           // items, at least 1
  std::uint32_t input_capacity = 0;  // of the input columns' layout
  std::uint32_t window = 0;          // input and result window
  std::uint64_t first_index = 0;     // of item 0 in the whole input
  std::uint64_t index_stride = 1;
  std::uint64_t input_bytes = 0;  // used of the input bytes area
  Place inputs = Place::window;
  Place results = Place::window;
  TextMarks text;
  std::uint8_t flags = 0;  // TaskFlags
  std::uint8_t limit = 0;  // number of its items' time limit; 0: none
  alignas(8) std::byte payload[kInputPayloadBytes] = {};
};
static_assert(sizeof(InputCell) == 2 * kCacheLineBytes);
static_assert(offsetof(InputCell, payload) == kCacheLineBytes - 2 * sizeof(std::uint64_t));
static_assert(std::is_trivially_copyable_v<InputCell>);

enum ResultFlags : std::uint32_t {
  kWindowFull = 1,  // items from `completed` on were not run (or did not fit)
  kHasText = 2      // printed lines follow the result columns
};

struct alignas(kCacheLineBytes) ResultCell {
  std::atomic<std::uint32_t> state{state_word(CellState::free, 0)};
  std::uint32_t completed = 0;   // items whose status is set
  std::uint32_t flags = 0;       // ResultFlags
  float run_time_ns = 0;         // of the whole task
  std::uint64_t bytes_used = 0;  // of the result bytes area
  std::uint64_t text_bytes = 0;  // of the text area behind it
  alignas(8) std::byte payload[kResultPayloadBytes] = {};
};
static_assert(sizeof(ResultCell) == kCacheLineBytes);
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

enum class WorkerPhase : std::uint32_t {
  starting = 0,  // maps its lane, runs start hooks; `message` names the one that runs
  ready = 1,     // takes tasks
  failed = 2,    // a start hook failed; `message` says why
  leaving = 3,   // has seen `retire`, runs stop hooks; `message` names the one that runs
  ending = 4,    // ends what plugins have begun; `message` names the object whose end runs
  ended = 5      // has done so
};

inline constexpr std::size_t kMessageBytes = 2048;

struct WorkerWords {
  // Worker sets 1 before it sleeps and 0 after; host exchanges 0 when it wakes it.
  alignas(kCacheLineBytes) std::atomic<std::uint32_t> worker_sleeping{0};
  // Host adds 1; the worker's futex waits on it.
  std::atomic<std::uint32_t> wake_count{0};
  // Host sets 1 before it sleeps and 0 after; worker exchanges 0 when it rings the doorbell.
  alignas(kCacheLineBytes) std::atomic<std::uint32_t> host_sleeping{0};
  // Worker only; polled by nobody but the zygote and the host's rare looks, in its own line.
  alignas(kCacheLineBytes) std::atomic<std::uint64_t> progress{progress_word(0, kIdle)};
  // Worker only, before the progress of a task that has another limit than the one before it.
  std::atomic<std::uint32_t> limit{0};
  // Worker only.
  alignas(kCacheLineBytes) std::atomic<WorkerPhase> phase{WorkerPhase::starting};
  std::uint32_t message_bytes = 0;  // written before phase; 0: there is none
  char message[kMessageBytes] = {};
};
static_assert(sizeof(WorkerWords) <= 4096);

struct HostWords {
  // Host sets 1: leave when no READY cell is left.
  alignas(kCacheLineBytes) std::atomic<std::uint32_t> retire{0};
  // Bytes that the host has taken out of the worker's output, shifted by one; the lowest bit is set
  // while it takes more (kTakingOutput). Says nothing where the output is no pipe of the host.
  alignas(kCacheLineBytes) std::atomic<std::uint64_t> output_taken{0};
};

inline constexpr std::uint64_t kTakingOutput = 1;

inline constexpr std::uint64_t kCrashAreaBytes = 4096;
inline constexpr std::uint64_t kPrintAreaBytes = 8192;

// Shape of a lane; the same numbers in host and worker.
struct LaneShape {
  std::uint32_t cells = 256;                               // power of two
  std::uint64_t window_bytes = std::uint64_t{256} << 20U;  // virtual; inputs and results each

  [[nodiscard]] std::uint64_t inputs_bytes() const noexcept;
  [[nodiscard]] std::uint64_t results_bytes() const noexcept;
  [[nodiscard]] std::uint64_t input_window_offset_bytes(std::uint32_t window) const noexcept;
  [[nodiscard]] std::uint64_t result_window_offset_bytes(std::uint32_t window) const noexcept;
};

inline constexpr std::uint32_t kMinCells = 8;
inline constexpr std::uint32_t kMaxCells = 1024;
inline constexpr std::uint64_t kMinWindowBytes = std::uint64_t{1} << 20U;

// The wanted shape with windows of whole pages, halved (windows first, then cells) until both files
// together fit `limit_bytes`. Throws SystemError naming limit, need and option when even the
// smallest does not fit.
[[nodiscard]] LaneShape fit_shape(LaneShape wanted, std::uint64_t limit_bytes);

// Typed access to the two mappings of one lane.
class LaneView {
 public:
  LaneView() = default;
  LaneView(std::byte* inputs, std::byte* results, const LaneShape& shape) noexcept;

  [[nodiscard]] HostWords& host_words() const noexcept { return *host_words_; }
  [[nodiscard]] WorkerWords& worker_words() const noexcept { return *worker_words_; }
  [[nodiscard]] std::byte* crash_area() const noexcept { return crash_area_; }
  [[nodiscard]] std::byte* print_area() const noexcept { return print_area_; }
  [[nodiscard]] InputCell& input_cell(std::uint32_t cell) const noexcept {
    return input_cells_[cell];
  }
  [[nodiscard]] ResultCell& result_cell(std::uint32_t cell) const noexcept {
    return result_cells_[cell];
  }
  [[nodiscard]] std::byte* input_window(std::uint32_t window) const noexcept {
    return input_windows_ + window * shape_.window_bytes;
  }
  [[nodiscard]] std::byte* result_window(std::uint32_t window) const noexcept {
    return result_windows_ + window * shape_.window_bytes;
  }
  [[nodiscard]] const LaneShape& shape() const noexcept { return shape_; }

 private:
  HostWords* host_words_ = nullptr;
  WorkerWords* worker_words_ = nullptr;
  std::byte* crash_area_ = nullptr;
  std::byte* print_area_ = nullptr;
  InputCell* input_cells_ = nullptr;
  ResultCell* result_cells_ = nullptr;
  std::byte* input_windows_ = nullptr;
  std::byte* result_windows_ = nullptr;
  LaneShape shape_;
};

// The progress word on the first page of a results file, for the zygote's look.
[[nodiscard]] std::uint64_t progress_on_page(const std::byte* results_page) noexcept;
// Number of the time limit of the item that runs; 0: it has none, or nothing runs. May be that of
// another item than progress_on_page() told, if the worker has moved on since.
[[nodiscard]] std::uint32_t limit_on_page(const std::byte* results_page) noexcept;
// Whether the worker has begun to leave, as it was asked to.
[[nodiscard]] bool is_leaving_on_page(const std::byte* results_page) noexcept;

}  // namespace forkmap::lane
