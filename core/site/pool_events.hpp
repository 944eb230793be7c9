// SPDX-License-Identifier: Apache-2.0
//
// What happens in a pool, for whoever watches it. The engine calls its observer inside its steps,
// in its thread; the observer may not use the engine, and what it is given lives for the call.
// Without an observer nothing of this is measured, and nothing is told.
//  V1 Each item that a worker finished is in exactly one TaskRan; each attempt that a death ended,
//     and that was charged to an item, is one ItemLost.
//  V2 Tasks of one process (a refork leaves two of a number for a while) come in order, and apart.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/plugin/registry_table.hpp"
#include "core/site/stall_kind.hpp"

namespace forkmap::pool {

using EventTime = std::chrono::steady_clock::time_point;

struct WorkerName {
  int number = 0;
  pid_t pid = 0;
  std::uint32_t node = 0;  // 0: this machine
};

// A worker can take tasks: it has run its start hooks.
struct WorkerReady {
  WorkerName worker;
  plugin::Generation generation = 0;
  EventTime at;
};

// A run of items, or the part of it that was finished.
struct TaskRan {
  WorkerName worker;
  const plugin::FunctionEntry* function = nullptr;
  std::uint64_t first_index = 0;   // of its first item in the whole input ...
  std::uint64_t index_stride = 1;  // ... and from there to the next
  std::uint32_t items = 0;
  std::uint32_t failed = 0;  // of these
  // As early as it can have begun: when it was sent, or when the one before it ended. It ended so
  // much later as the worker has measured; where a death left no such time, when that was seen.
  EventTime begun;
  EventTime ended;
  bool is_measured = true;       // `ended` is the worker's measure
  std::uint64_t items_open = 0;  // of its map: taken from the source, and not settled
};

// The item during which a worker died.
struct ItemLost {
  WorkerName worker;
  const plugin::FunctionEntry* function = nullptr;
  std::uint64_t index = 0;
  int attempt = 1;
  bool is_final = false;  // it fails; else it is run again
  EventTime begun;
  EventTime ended;
};

enum class WorkerEnd : std::uint8_t {
  left,          // asked to: after a refork, a resize, at the end
  recycled,      // asked to: it was to be replaced
  died,          // by itself, or by a signal from elsewhere
  timed_out,     // an item ran too long
  stopped,       // its item was cancelled
  killed,        // by the pool, for another reason, or with its zygote
  start_failed,  // before it was ready
};

struct WorkerGone {
  WorkerName worker;
  WorkerEnd end = WorkerEnd::left;
  std::string_view how;                      // "killed by SIGSEGV (segmentation fault)"
  std::optional<std::uint64_t> items = {};   // that it finished
  std::chrono::microseconds user_time = {};  // zero where it is not known
  std::chrono::microseconds system_time = {};
  std::uint64_t max_resident_bytes = 0;  // 0: not known
  EventTime at;
};

enum class CrewReason : std::uint8_t {
  beginning,   // of the pool
  asked,       // Engine::refork()
  stale,       // a function was newer than the workers (OnStale::refork)
  zygote_gone  // it was killed, or died
};

// A zygote and workers were forked, and took over, or did not come up.
struct CrewStarted {
  CrewReason reason = CrewReason::beginning;
  plugin::Generation generation = 0;
  pid_t zygote = 0;
  std::string_view failure;  // why they did not come up; empty: they did
  EventTime begun;
  EventTime ended;
  std::uint32_t node = 0;  // 0: this machine
};

struct ZygoteGone {
  pid_t pid = 0;
  std::string_view how;
  EventTime at;
  std::uint32_t node = 0;  // 0: this machine
};

// The host waited, and not because its workers were busy. Only waits inside the engine are seen,
// not those of a poll loop around Engine::fd().
struct Stalled {
  StallKind kind = StallKind::input;
  EventTime begun;
  EventTime ended;
};

class PoolObserver {
 public:
  PoolObserver() = default;
  PoolObserver(const PoolObserver&) = delete;
  PoolObserver& operator=(const PoolObserver&) = delete;
  virtual ~PoolObserver() = default;

  virtual void note(const WorkerReady& event) noexcept = 0;
  virtual void note(const TaskRan& event) noexcept = 0;
  virtual void note(const ItemLost& event) noexcept = 0;
  virtual void note(const WorkerGone& event) noexcept = 0;
  virtual void note(const CrewStarted& event) noexcept = 0;
  virtual void note(const ZygoteGone& event) noexcept = 0;
  virtual void note(const Stalled& event) noexcept = 0;
  virtual void note_shortage(std::string_view why, EventTime at) noexcept = 0;
  virtual void note_resize(int workers, EventTime at) noexcept = 0;
  virtual void note_pause(bool on, EventTime at) noexcept = 0;
};

}  // namespace forkmap::pool
