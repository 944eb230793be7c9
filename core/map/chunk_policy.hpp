// SPDX-License-Identifier: Apache-2.0
//
// How many items the next task of a map has, and how many tasks a lane holds. Pure functions of
// what was measured. All bounds are in one place, below.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace forkmap::pool {

inline constexpr std::chrono::nanoseconds kTaskTimeAim = std::chrono::milliseconds(1);
// Long items share the wake-ups that their results cost, as long as none waits long for the others.
inline constexpr std::uint64_t kLongItemsTogether = 4;
inline constexpr std::chrono::nanoseconds kLongItemsTime = std::chrono::milliseconds(4);
inline constexpr std::uint64_t kFirstChunkItems = 1;
inline constexpr std::uint64_t kLargestChunkItems = 32768;
inline constexpr std::uint64_t kChunkGrowth = 4;            // at most so many times the last one
inline constexpr std::uint64_t kTasksPerWorkerAtLeast = 4;  // of a known number of items
// In the arena, where nothing is copied and an item may take less than a nanosecond: fewer steps to
// the aim, and at the end no task that is not worth its while.
inline constexpr std::chrono::nanoseconds kShortestArenaTask = std::chrono::microseconds(50);
inline constexpr std::uint64_t kArenaChunkGrowth = 32;
inline constexpr std::uint64_t kPayloadAimBytes =
    512 * 1024;                                         // in and out; half of a small L2 cache
inline constexpr std::uint32_t kShallowDepthTasks = 2;  // one runs, one waits
inline constexpr std::uint32_t kGrowingDepthTasks = 24;

// Measured so far; smoothed.
struct ItemCost {
  double time_ns = 0;        // 0: nothing measured yet
  double payload_bytes = 0;  // in and out
};

struct ChunkQuestion {
  ItemCost cost;
  std::uint64_t last_chunk_items = 0;            // 0: none yet
  std::optional<std::uint64_t> remaining_items;  // if known
  int workers = 1;
  bool in_arena = false;                        // index ranges: the time bound only
  std::chrono::nanoseconds shortest_time = {};  // not cut shorter because the end is near
  std::uint64_t growth = kChunkGrowth;
};
[[nodiscard]] std::uint64_t next_chunk_items(const ChunkQuestion& question) noexcept;

// Folds one finished task into the measure.
[[nodiscard]] ItemCost with_task(ItemCost cost, std::uint64_t items, std::uint64_t time_ns,
                                 std::uint64_t payload_bytes) noexcept;

// Tasks that a lane should hold: deep for microsecond tasks, one ahead for long ones.
[[nodiscard]] std::uint32_t lane_depth_tasks(const ItemCost& cost, std::uint64_t chunk_items,
                                             std::uint32_t cells) noexcept;

}  // namespace forkmap::pool
