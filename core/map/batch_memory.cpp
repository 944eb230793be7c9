// SPDX-License-Identifier: Apache-2.0
#include "core/map/batch_memory.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <utility>

namespace forkmap::pool {

namespace {

// Kept to be used again: as many as two full lanes hold, and a few large ones, whose pages would
// cost more than their copying.
constexpr std::size_t kSpareBatches = 1024;
constexpr std::size_t kSpareBytes = std::size_t{64} << 20U;
constexpr std::size_t kSmallestMemoryBytes = 256;
constexpr std::size_t kLargestRoundedBytes = std::size_t{1} << 20U;

constexpr std::uint64_t round_up(std::uint64_t value) { return (value + 63) / 64 * 64; }

}  // namespace

void BatchMemory::give(ResultBatch& batch, std::size_t bytes) {
  if (!spare_.empty()) {
    batch = std::move(spare_.back());
    spare_.pop_back();
    spare_bytes_ -= batch.memory_bytes;
  }
  if (batch.memory_bytes < bytes) {
    // Powers of two, so that tasks of other lengths find room in it too.
    const std::size_t size = bytes <= kLargestRoundedBytes
                                 ? std::max(kSmallestMemoryBytes, std::bit_ceil(bytes))
                                 : round_up(bytes);
    batch.memory = std::unique_ptr<std::byte[]>(new std::byte[size]);
    batch.memory_bytes = size;
  }
}

void BatchMemory::take_back(ResultBatch&& batch) {
  if (spare_.size() >= kSpareBatches || batch.memory_bytes > kSpareBytes - spare_bytes_) return;
  spare_bytes_ += batch.memory_bytes;
  batch.first = 0;
  batch.count = 0;
  batch.status = nullptr;
  batch.columns.clear();
  batch.text = nullptr;
  batch.text_bytes = 0;
  batch.text_ends = nullptr;
  batch.errors.clear();
  batch.held.reset();
  batch.held_bytes = 0;
  batch.worker = -1;
  batch.pid = 0;
  batch.node = 0;
  spare_.push_back(std::move(batch));
}

}  // namespace forkmap::pool
