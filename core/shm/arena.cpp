// SPDX-License-Identifier: Apache-2.0
#include "core/shm/arena.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>

#include "core/base/check.hpp"
#include "core/shm/memfd.hpp"

namespace forkmap::shm {

namespace {

constexpr std::uint64_t kGrainBytes = 64;
constexpr std::uint64_t kLargeBytes = 2 * kHugePageBytes;
// Successive large stretches begin at multiples of this behind a multiple of 2 MiB: apart in the
// lower 12 bits, by which processors compare loads with pending stores, and in the sets of all
// caches.
constexpr std::uint64_t kStaggerBytes = 5184;
constexpr std::uint32_t kStaggers = 16;

Mapping map_new(std::uint64_t size_bytes) {
  const base::UniqueFd fd = create_memfd("forkmap-arena", size_bytes);
  return {fd.get(), Access::read_write, size_bytes, AtFork::inherit, Pages::huge};
}

}  // namespace

Arena::Arena(std::uint64_t size_bytes, std::uint64_t at_once_bytes)
    : mapping_(map_new(round_up_to_page(size_bytes))), at_once_left_bytes_(at_once_bytes) {
  free_.emplace(0, mapping_.size_bytes());
}

std::optional<std::uint64_t> Arena::allocate(std::uint64_t size_bytes) {
  if (size_bytes > mapping_.size_bytes()) return std::nullopt;
  const std::uint64_t wanted =
      std::max(kGrainBytes, (size_bytes + kGrainBytes - 1) / kGrainBytes * kGrainBytes);
  if (wanted >= kLargeBytes) {
    const std::uint64_t lead = kStaggerBytes * next_stagger_;
    if (const auto offset = take(wanted, lead, kHugePageBytes)) {
      next_stagger_ = (next_stagger_ + 1) % kStaggers;
      Taken& taken = taken_.at(*offset);
      if (taken.size_bytes <= at_once_left_bytes_) {
        taken.at_once_bytes = mapping_.collapse(taken.begin_bytes, taken.size_bytes);
        at_once_left_bytes_ -= taken.at_once_bytes;
      }
      return offset;
    }
  }
  return take(wanted, 0, kGrainBytes);
}

// Takes `lead_bytes` and `size_bytes` behind them from the first hole with room for both at a
// multiple of the alignment; the offset behind the lead.
std::optional<std::uint64_t> Arena::take(std::uint64_t size_bytes, std::uint64_t lead_bytes,
                                         std::uint64_t alignment_bytes) {
  const std::uint64_t stretch = lead_bytes + size_bytes;
  for (auto hole = free_.begin(); hole != free_.end(); ++hole) {
    const auto [offset, size] = *hole;
    const std::uint64_t begin = (offset + alignment_bytes - 1) / alignment_bytes * alignment_bytes;
    const std::uint64_t skipped = begin - offset;
    if (skipped > size || stretch > size - skipped) continue;
    free_.erase(hole);
    if (skipped > 0) free_.emplace(offset, skipped);
    if (size - skipped > stretch) free_.emplace(begin + stretch, size - skipped - stretch);
    taken_.emplace(begin + lead_bytes, Taken{begin, stretch, 0});
    used_bytes_ += stretch;
    return begin + lead_bytes;
  }
  return std::nullopt;
}

void Arena::free(std::uint64_t offset_bytes) {
  const auto found = taken_.find(offset_bytes);
  FORKMAP_CHECK(found != taken_.end());
  auto [begin, size, at_once_bytes] = found->second;
  taken_.erase(found);
  used_bytes_ -= size;
  at_once_left_bytes_ += at_once_bytes;
  // The next owner must read zeros: pages are given back, the odd ends are cleared by hand.
  const std::uint64_t first_page = std::min(round_up_to_page(begin), begin + size);
  const std::uint64_t last_page =
      std::max(first_page, (begin + size) / page_bytes() * page_bytes());
  if (!mapping_.punch(begin, size)) {
    std::fill(data() + first_page, data() + last_page, std::byte{0});
  }
  std::fill(data() + begin, data() + first_page, std::byte{0});
  std::fill(data() + last_page, data() + begin + size, std::byte{0});

  const auto after = free_.lower_bound(begin);
  if (after != free_.end() && begin + size == after->first) {
    size += after->second;
    free_.erase(after);
  }
  const auto next = free_.lower_bound(begin);
  if (next != free_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == begin) {
      before->second += size;
      return;
    }
  }
  free_.emplace(begin, size);
}

std::optional<std::uint64_t> Arena::offset_of(const void* pointer,
                                              std::uint64_t size_bytes) const noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  const auto base = reinterpret_cast<std::uintptr_t>(data());
  if (address < base) return std::nullopt;
  const std::uint64_t offset = address - base;
  if (offset > mapping_.size_bytes() || size_bytes > mapping_.size_bytes() - offset) {
    return std::nullopt;
  }
  return offset;
}

}  // namespace forkmap::shm
