// SPDX-License-Identifier: Apache-2.0
//
// The crash area of a lane: what a worker's signal handler leaves of a crash, one page of the
// results.
//
// Who runs this: one thread of the worker writes, once in the life of the process, inside a signal
// handler; the host reads after the worker's end (pidfd), once.
//  C1 A lane has one worker, so the area has one writer and at most one record, never an older one.
//  C2 `length_bytes` is stored last, with release: first for the facts, then for each frame. So the
//     record holds up to where its writer came, also if the writer dies in the middle of a frame.
//  C3 Everything is untrusted. The host copies what the length covers, once, checks the copy, and
//     uses that. A record counts only if pid and signal are those of the death; that of the
//     worker's own thread also only if the progress word has stood still since, as it must have.
// Every field is written by the worker's handler only and read by the host only.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

#include "core/lane/lane_memory.hpp"

namespace forkmap::lane {

inline constexpr std::size_t kMostFrames = 128;

enum CrashFlags : std::uint32_t {
  kHasAddress = 1,    // `address` is that of the fault
  kStackOverflow = 2  // the stack had no more room
};

// Plain values: copied as a whole by the host.
struct CrashFields {
  std::int32_t signal = 0;      // 0: it left by exit()
  std::int32_t code = 0;        // si_code
  std::int32_t pid = 0;         // of the worker
  std::int32_t thread = 0;      // that got the signal; the worker's own thread has its pid
  std::int32_t sender_pid = 0;  // of a signal that was sent by a process; else 0
  std::uint32_t flags = 0;      // CrashFlags
  std::uint64_t address = 0;
  std::uint64_t program_counter = 0;
  std::uint64_t stack_pointer = 0;
  std::uint64_t progress = 0;  // the lane's word at that moment
  // Innermost first: the program counter, then return addresses.
  std::uint64_t frames[kMostFrames] = {};
};
static_assert(std::is_trivially_copyable_v<CrashFields>);

struct CrashRecord {
  std::atomic<std::uint32_t> length_bytes{0};  // of `fields`, from their beginning; 0: no record
  std::uint32_t unused = 0;
  CrashFields fields;
};
static_assert(sizeof(CrashRecord) <= kCrashAreaBytes);
static_assert(std::is_standard_layout_v<CrashRecord>);
static_assert(offsetof(CrashRecord, fields) == 8);
static_assert(offsetof(CrashFields, address) == 24 && offsetof(CrashFields, frames) == 56);

[[nodiscard]] constexpr std::uint32_t length_with_frames(std::size_t frames) noexcept {
  return static_cast<std::uint32_t>(offsetof(CrashFields, frames) + frames * sizeof(std::uint64_t));
}

[[nodiscard]] inline CrashRecord& crash_record(const LaneView& lane) noexcept {
  return *reinterpret_cast<CrashRecord*>(lane.crash_area());
}

// What the host knows of the death.
struct KnownDeath {
  pid_t pid = 0;
  int signal = 0;  // of the record: that ended it, or asked for its stack; 0: none
};

// A checked copy.
struct CrashFacts {
  int signal = 0;
  int code = 0;
  pid_t thread = 0;  // 0: the worker's own
  pid_t sender_pid = 0;
  std::optional<std::uint64_t> address = {};
  bool stack_overflow = false;
  std::uint64_t program_counter = 0;
  std::uint64_t stack_pointer = 0;
  std::vector<std::uint64_t> frames =
      {};  // innermost first; all but the first are return addresses
};

// The record of this death; nothing if there is none, or none that can be believed. The worker has
// ended.
[[nodiscard]] std::optional<CrashFacts> read_crash(const LaneView& lane, const KnownDeath& death);

}  // namespace forkmap::lane
