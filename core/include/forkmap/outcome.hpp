// SPDX-License-Identifier: Apache-2.0
//
// What became of one item: a value, or an ItemError.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <forkmap/error.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace forkmap {

enum class ErrorKind : std::uint8_t {
  function_error,     // FunctionError: the function returned an error or threw
  worker_died,        // WorkerDied: the process died while the item ran
  timed_out,          // TimedOut
  stale_registry,     // StaleRegistry: the function is newer than the worker
  bad_item,           // BadItem: the text does not parse, wrong arity or range
  payload_too_large,  // PayloadTooLarge: does not fit an empty window
  not_run,            // NotRun: the pool broke or its input ended before the item was run
  node_lost,          // NodeLost: the machine where it ran was lost, and it may not run again
  cancelled           // Cancelled
};

// "FunctionError", "WorkerDied", ...
[[nodiscard]] std::string_view to_string(ErrorKind kind) noexcept;

// What a process has used in its life, as the kernel counts it.
struct ProcessUsage {
  std::chrono::microseconds user_time = {};
  std::chrono::microseconds system_time = {};
  std::uint64_t max_resident_bytes = 0;
};

struct ItemError {
  std::size_t index = 0;  // of the item in the whole input, from 0
  ErrorKind kind = ErrorKind::not_run;
  std::string function = {};  // full name
  std::string message = {};   // one sentence or more; says what to do where something can be done
  int attempt = 1;            // number of the attempt that failed, from 1
  pid_t pid = 0;              // of the worker; 0 if none was involved
  std::uint32_t node = 0;     // where that worker was; 0: this machine
  std::optional<int> signal = {};
  std::optional<int> exit_status = {};
  std::uint64_t needed = 0;                    // stale_registry: generation of the function
  std::uint64_t held = 0;                      // stale_registry: generation of the worker
  std::optional<std::size_t> column = {};      // bad_item: column of the fault, from 0
  std::optional<std::uintptr_t> address = {};  // of a fault, where it could be taken
  // "in faulty.so: crash(long)+0x6", of a worker's death; empty where it could not be taken
  std::string place = {};
  std::vector<std::string> frames = {};  // backtrace, innermost first, where it could be taken
  // What the worker had printed when the item failed, 4 KiB at most, by items from `printed_since`
  // to this one; where its output is WorkerOutput::forward or tag.
  std::string printed = {};
  std::size_t printed_since = 0;
  std::optional<ProcessUsage> usage = {};  // worker_died, timed_out: of the worker
  // worker_died by the signal of a timer: index of the item that ran before in the same task. It or
  // one before it may have set the timer.
  std::optional<std::size_t> earlier = {};
};

// "item 3: StaleRegistry: ..."; the index as given.
[[nodiscard]] std::string describe(const ItemError& error);

// Thrown by whoever was asked for plain values and met an error.
class ItemFailed : public Error {
 public:
  explicit ItemFailed(ItemError error) : Error(describe(error)), error_(std::move(error)) {}
  [[nodiscard]] const ItemError& error() const noexcept { return error_; }

 private:
  ItemError error_;
};

// A value or an error. `R` is an owning type. For a function without result R is void.
template <class R>
class Outcome {
 public:
  Outcome(std::size_t index, R value) : index_(index), state_(std::move(value)) {}
  explicit Outcome(ItemError error) : index_(error.index), state_(std::move(error)) {}

  [[nodiscard]] std::size_t index() const noexcept { return index_; }
  explicit operator bool() const noexcept { return state_.index() == 0; }
  // Throws ItemFailed if there is none.
  [[nodiscard]] R& value() & {
    require_value();
    return std::get<0>(state_);
  }
  [[nodiscard]] R&& value() && {
    require_value();
    return std::get<0>(std::move(state_));
  }
  [[nodiscard]] const R& value() const& {
    require_value();
    return std::get<0>(state_);
  }
  // Throws std::bad_variant_access if there is a value.
  [[nodiscard]] const ItemError& error() const { return std::get<1>(state_); }

 private:
  std::size_t index_;
  std::variant<R, ItemError> state_;

  void require_value() const {
    if (state_.index() != 0) throw ItemFailed(std::get<1>(state_));
  }
};

template <>
class Outcome<void> {
 public:
  explicit Outcome(std::size_t index) : index_(index) {}
  explicit Outcome(ItemError error) : index_(error.index), error_(std::move(error)) {}

  [[nodiscard]] std::size_t index() const noexcept { return index_; }
  explicit operator bool() const noexcept { return !error_; }
  void value() const {
    if (error_) throw ItemFailed(*error_);
  }
  [[nodiscard]] const ItemError& error() const { return error_.value(); }

 private:
  std::size_t index_;
  std::optional<ItemError> error_;
};

}  // namespace forkmap
