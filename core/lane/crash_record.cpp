// SPDX-License-Identifier: Apache-2.0
#include "core/lane/crash_record.hpp"

#include <cstring>

namespace forkmap::lane {

namespace {

bool is_length(std::uint32_t length_bytes) noexcept {
  return length_bytes >= length_with_frames(0) && length_bytes <= sizeof(CrashFields) &&
         (length_bytes - length_with_frames(0)) % sizeof(std::uint64_t) == 0;
}

}  // namespace

std::optional<CrashFacts> read_crash(const LaneView& lane, const KnownDeath& death) {
  const CrashRecord& record = crash_record(lane);
  // SYNC: crash-length
  const std::uint32_t length_bytes = record.length_bytes.load(std::memory_order_acquire);
  if (!is_length(length_bytes)) return std::nullopt;
  CrashFields copy;
  std::memcpy(&copy, &record.fields, length_bytes);
  if (copy.pid != death.pid || copy.signal != death.signal || copy.thread <= 0) return std::nullopt;
  // SYNC: progress
  const std::uint64_t progress = lane.worker_words().progress.load(std::memory_order_acquire);
  const bool own_thread = copy.thread == copy.pid;
  if (own_thread && copy.progress != progress) return std::nullopt;

  CrashFacts facts;
  facts.signal = copy.signal;
  facts.code = copy.code;
  facts.thread = own_thread ? 0 : copy.thread;
  facts.sender_pid = copy.sender_pid;
  if ((copy.flags & kHasAddress) != 0) facts.address = copy.address;
  facts.stack_overflow = (copy.flags & kStackOverflow) != 0;
  facts.program_counter = copy.program_counter;
  facts.stack_pointer = copy.stack_pointer;
  const std::size_t frames = (length_bytes - length_with_frames(0)) / sizeof(std::uint64_t);
  facts.frames.assign(copy.frames, copy.frames + frames);
  return facts;
}

}  // namespace forkmap::lane
