// SPDX-License-Identifier: Apache-2.0
//
// Shared memory for large arrays, mapped by the host and by all its workers at the same address
// (the workers inherit the mapping by the fork). The books are in the host's private memory;
// workers only ever see offsets that the host hands out.
//
// Large stretches get their memory at once, in pages of 2 MiB: a first pass over small pages costs
// a fault for every 4 KiB in every process, several times the work of a small function. They also
// begin at places that differ, so that arrays which are walked through side by side do not compete
// for the same cache sets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>

#include "core/shm/mapping.hpp"

namespace forkmap::shm {

class Arena {
 public:
  // Throws SystemError. `size_bytes` is virtual memory; only touched pages cost, and large
  // stretches, as long as they hold at most `at_once_bytes` together.
  explicit Arena(std::uint64_t size_bytes,
                 std::uint64_t at_once_bytes = std::numeric_limits<std::uint64_t>::max());

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
  struct Taken {
    std::uint64_t begin_bytes;
    std::uint64_t size_bytes;
    std::uint64_t at_once_bytes;
  };
  std::map<std::uint64_t, std::uint64_t> free_;  // offset -> size, neighbours merged
  std::map<std::uint64_t, Taken> taken_;         // by the offset that was handed out
  std::uint64_t used_bytes_ = 0;
  std::uint64_t at_once_left_bytes_;
  std::uint32_t next_stagger_ = 0;

  [[nodiscard]] std::optional<std::uint64_t> take(std::uint64_t size_bytes,
                                                  std::uint64_t lead_bytes,
                                                  std::uint64_t alignment_bytes);
};

}  // namespace forkmap::shm
