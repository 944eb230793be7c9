// SPDX-License-Identifier: Apache-2.0
//
// Shared memory for large arrays, mapped by the host and by all its workers at the same address
// (the workers inherit the mapping by the fork). The books are in the host's private memory;
// workers only ever see offsets that the host hands out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "core/shm/mapping.hpp"

namespace forkmap::shm {

class Arena {
 public:
  // Throws SystemError. `size_bytes` is virtual memory; only touched pages cost.
  explicit Arena(std::uint64_t size_bytes);

  // First fit; the offset is a multiple of 64 bytes. Nothing if there is no such stretch left. The
  // memory reads as zeros.
  [[nodiscard]] std::optional<std::uint64_t> allocate(std::uint64_t size_bytes);
  void free(std::uint64_t offset_bytes);

  // The offset of a stretch that lies wholly inside the arena; nothing for any other memory.
  [[nodiscard]] std::optional<std::uint64_t> offset_of(const void* pointer,
                                                       std::uint64_t size_bytes) const noexcept;
  [[nodiscard]] std::byte* data() const noexcept { return mapping_.data(); }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return mapping_.size_bytes(); }
  [[nodiscard]] std::uint64_t used_bytes() const noexcept { return used_bytes_; }

 private:
  Mapping mapping_;
  std::map<std::uint64_t, std::uint64_t> free_;   // offset -> size, neighbours merged
  std::map<std::uint64_t, std::uint64_t> taken_;  // offset -> size
  std::uint64_t used_bytes_ = 0;
};

}  // namespace forkmap::shm
