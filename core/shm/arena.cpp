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

Mapping map_new(std::uint64_t size_bytes) {
  const base::UniqueFd fd = create_memfd("forkmap-arena", size_bytes);
  return {fd.get(), Access::read_write, size_bytes, AtFork::inherit};
}

}  // namespace

Arena::Arena(std::uint64_t size_bytes) : mapping_(map_new(round_up_to_page(size_bytes))) {
  free_.emplace(0, mapping_.size_bytes());
}

std::optional<std::uint64_t> Arena::allocate(std::uint64_t size_bytes) {
  if (size_bytes > mapping_.size_bytes()) return std::nullopt;
  const std::uint64_t wanted =
      std::max(kGrainBytes, (size_bytes + kGrainBytes - 1) / kGrainBytes * kGrainBytes);
  const auto hole =
      std::ranges::find_if(free_, [&](const auto& entry) { return entry.second >= wanted; });
  if (hole == free_.end()) return std::nullopt;
  const auto [offset, size] = *hole;
  free_.erase(hole);
  if (size > wanted) free_.emplace(offset + wanted, size - wanted);
  taken_.emplace(offset, wanted);
  used_bytes_ += wanted;
  return offset;
}

void Arena::free(std::uint64_t offset_bytes) {
  const auto found = taken_.find(offset_bytes);
  FORKMAP_CHECK(found != taken_.end());
  auto [begin, size] = *found;
  taken_.erase(found);
  used_bytes_ -= size;
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
