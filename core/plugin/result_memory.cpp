// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/result_memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace forkmap::plugin {

namespace {

constexpr std::uint64_t kHeapBytes = 1U << 16;

std::byte* map_private(std::uint64_t size_bytes) noexcept {
  void* const base = ::mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return base == MAP_FAILED ? nullptr : static_cast<std::byte*>(base);
}

}  // namespace

ResultMemory::ResultMemory(std::uint64_t wanted_bytes, std::uint64_t least_bytes) {
  if (wanted_bytes <= kHeapBytes) {
    heap_ = std::make_unique_for_overwrite<std::byte[]>(wanted_bytes);
    base_ = heap_.get();
    size_bytes_ = wanted_bytes;
    return;
  }
  for (size_bytes_ = wanted_bytes; (base_ = map_private(size_bytes_)) == nullptr;) {
    if (size_bytes_ <= least_bytes) throw std::bad_alloc();
    size_bytes_ = std::max(least_bytes, size_bytes_ / 2);
  }
}

ResultMemory::~ResultMemory() {
  if (!heap_) ::munmap(base_, size_bytes_);
}

bool ResultMemory::grow(std::uint64_t size_bytes, std::uint64_t used_bytes) {
  if (heap_) {
    std::byte* const mapped = map_private(size_bytes);
    if (mapped == nullptr) return false;
    std::memcpy(mapped, base_, used_bytes);
    heap_.reset();
    base_ = mapped;
  } else {
    void* const moved = ::mremap(base_, size_bytes_, size_bytes, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) return false;
    base_ = static_cast<std::byte*>(moved);
  }
  size_bytes_ = size_bytes;
  return true;
}

}  // namespace forkmap::plugin
