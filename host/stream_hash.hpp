// SPDX-License-Identifier: Apache-2.0
//
// XXH64 with seed 0, of bytes that come in pieces. It tells whether two inputs are the same, and
// whether a record was written whole; it is no protection against forgery.
//  H1 The value depends on the bytes only, not on how they were cut into pieces.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace forkmap::host {

class StreamHash {
 public:
  void add(std::string_view bytes) noexcept;
  // Of all bytes so far; more may be added afterwards.
  [[nodiscard]] std::uint64_t value() const noexcept;

 private:
  static constexpr std::size_t kBlockBytes = 32;

  void add_blocks(const unsigned char* begin, std::size_t blocks) noexcept;

  std::uint64_t size_bytes_ = 0;
  std::array<std::uint64_t, 4> lanes_ = {0x60EA27EEADC0B5D6, 0xC2B2AE3D27D4EB4F, 0,
                                         0x61C8864E7A143579};
  std::array<unsigned char, kBlockBytes> rest_{};  // the first size_bytes_ % kBlockBytes count
};

[[nodiscard]] std::uint64_t hash_of(std::string_view bytes) noexcept;

}  // namespace forkmap::host
