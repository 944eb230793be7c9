// SPDX-License-Identifier: Apache-2.0
//
// Hashes that tell whether bytes are the same as they were, and whether a record was written whole.
// They are no protection against forgery. XXH3 and XXH64, by Yann Collet.
//  H1 A value depends on the bytes only, not on how they were cut into pieces.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace forkmap::host {

// 128 bits, which are added and subtracted modulo 2^128, so that what vouches for many pieces is
// one sum, whatever their order.
struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  Hash128& operator+=(const Hash128& other) noexcept;
  Hash128& operator-=(const Hash128& other) noexcept;
  friend bool operator==(const Hash128&, const Hash128&) = default;
};
[[nodiscard]] std::string to_text(const Hash128& hash);  // 32 digits
[[nodiscard]] std::optional<Hash128> hash_from_text(std::string_view digits);

// Of bytes that come in pieces: the sum of the hashes of blocks, each with its number. So a hash
// goes on from its value and the bytes of the last block, without the others.
class StreamHash {
 public:
  static constexpr std::size_t kBlockBytes = std::size_t{64} << 10U;

  StreamHash();
  StreamHash(const StreamHash&) = delete;
  StreamHash& operator=(const StreamHash&) = delete;
  StreamHash(StreamHash&&) noexcept;
  StreamHash& operator=(StreamHash&&) noexcept;
  ~StreamHash();

  void add(std::string_view bytes) noexcept;
  // Of all bytes so far; more may be added afterwards.
  [[nodiscard]] Hash128 value() const noexcept;
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_bytes_; }

  // How many bytes before its end go_on() needs.
  [[nodiscard]] static std::size_t rest_bytes(std::uint64_t size_bytes) noexcept {
    return static_cast<std::size_t>(size_bytes % kBlockBytes);
  }
  // As if bytes of that hash and size had been added, of which `rest` are the last ones.
  void go_on(const Hash128& value, std::uint64_t size_bytes, std::string_view rest) noexcept;

 private:
  struct Block;
  void begin_block() noexcept;

  std::uint64_t size_bytes_ = 0;
  Hash128 whole_blocks_;
  std::unique_ptr<Block> block_;  // the one that is not full
};

[[nodiscard]] Hash128 hash_of(std::string_view bytes);
// Of the text of an item that is number `item` of an input, from 0.
[[nodiscard]] Hash128 hash_of_item(std::uint64_t item, std::string_view text) noexcept;
// Of a line of a journal: XXH64 with seed 0.
[[nodiscard]] std::uint64_t checksum_of(std::string_view line) noexcept;

}  // namespace forkmap::host
