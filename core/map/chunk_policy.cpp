// SPDX-License-Identifier: Apache-2.0
#include "core/map/chunk_policy.hpp"

#include <algorithm>
#include <cmath>

namespace forkmap::pool {

namespace {
constexpr double kNewWeight = 0.3;
// Work that a lane should have ahead, so that a host which is away for a moment starves nobody.
constexpr double kQueuedTimeAimNs = 500'000;
}  // namespace

std::uint64_t next_chunk_items(const ChunkQuestion& question) noexcept {
  const ItemCost& cost = question.cost;
  if (cost.time_ns <= 0) return kFirstChunkItems;
  const auto aim_ns = static_cast<double>(kTaskTimeAim.count());
  const auto together_ns = static_cast<double>(kLongItemsTime.count());
  const double together =
      std::min(static_cast<double>(kLongItemsTogether), std::floor(together_ns / cost.time_ns));
  double items = std::max({1.0, std::floor(aim_ns / cost.time_ns), together});
  if (!question.in_arena && cost.payload_bytes > 0) {
    items = std::min(items, std::max(1.0, std::floor(static_cast<double>(kPayloadAimBytes) /
                                                     cost.payload_bytes)));
    items = std::min(items, static_cast<double>(kLargestChunkItems));
  }
  auto chunk = static_cast<std::uint64_t>(std::min(items, 1e9));
  const std::uint64_t last = std::max<std::uint64_t>(1, question.last_chunk_items);
  chunk = std::min(chunk, last * question.growth);
  if (question.remaining_items) {
    const std::uint64_t parts =
        kTasksPerWorkerAtLeast * static_cast<std::uint64_t>(std::max(1, question.workers));
    const double least = static_cast<double>(question.shortest_time.count()) / cost.time_ns;
    chunk = std::min(
        chunk, std::max(static_cast<std::uint64_t>(least), *question.remaining_items / parts));
  }
  return std::max<std::uint64_t>(1, chunk);
}

ItemCost with_task(ItemCost cost, std::uint64_t items, std::uint64_t time_ns,
                   std::uint64_t payload_bytes) noexcept {
  if (items == 0) return cost;
  const double time = std::max(0.1, static_cast<double>(time_ns) / static_cast<double>(items));
  const double bytes = static_cast<double>(payload_bytes) / static_cast<double>(items);
  if (cost.time_ns <= 0) return {time, bytes};
  return {cost.time_ns + kNewWeight * (time - cost.time_ns),
          cost.payload_bytes + kNewWeight * (bytes - cost.payload_bytes)};
}

std::uint32_t lane_depth_tasks(const ItemCost& cost, std::uint64_t chunk_items,
                               std::uint32_t cells) noexcept {
  if (cost.time_ns <= 0) return kShallowDepthTasks;
  const double task_ns =
      cost.time_ns * static_cast<double>(std::max<std::uint64_t>(1, chunk_items));
  const double tasks = 1 + std::ceil(kQueuedTimeAimNs / std::max(1.0, task_ns));
  return static_cast<std::uint32_t>(
      std::clamp(tasks, static_cast<double>(kShallowDepthTasks), static_cast<double>(cells)));
}

}  // namespace forkmap::pool
