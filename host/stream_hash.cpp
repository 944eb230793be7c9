// SPDX-License-Identifier: Apache-2.0
#include "host/stream_hash.hpp"

#include <algorithm>

#include "core/base/hexadecimal.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace forkmap::host {

namespace {

Hash128 from(const XXH128_hash_t& hash) noexcept { return {hash.high64, hash.low64}; }

}  // namespace

Hash128& Hash128::operator+=(const Hash128& other) noexcept {
  low += other.low;
  high += other.high + (low < other.low ? 1U : 0U);
  return *this;
}

Hash128& Hash128::operator-=(const Hash128& other) noexcept {
  high -= other.high + (low < other.low ? 1U : 0U);
  low -= other.low;
  return *this;
}

std::string to_text(const Hash128& hash) {
  return base::hexadecimal(hash.high) + base::hexadecimal(hash.low);
}

std::optional<Hash128> hash_from_text(std::string_view digits) {
  if (digits.size() != 2 * base::kHexadecimalDigits) return std::nullopt;
  const auto high = base::from_hexadecimal(digits.substr(0, base::kHexadecimalDigits));
  const auto low = base::from_hexadecimal(digits.substr(base::kHexadecimalDigits));
  if (!high || !low) return std::nullopt;
  return Hash128{*high, *low};
}

struct StreamHash::Block {
  XXH3_state_t state;
};

StreamHash::StreamHash() : block_(std::make_unique<Block>()) {
  XXH3_INITSTATE(&block_->state);
  begin_block();
}
StreamHash::StreamHash(StreamHash&&) noexcept = default;
StreamHash& StreamHash::operator=(StreamHash&&) noexcept = default;
StreamHash::~StreamHash() = default;

// The number of the block is its seed, so that blocks cannot change places.
void StreamHash::begin_block() noexcept {
  XXH3_128bits_reset_withSeed(&block_->state, size_bytes_ / kBlockBytes);
}

void StreamHash::add(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const std::size_t step = std::min(bytes.size(), kBlockBytes - rest_bytes(size_bytes_));
    XXH3_128bits_update(&block_->state, bytes.data(), step);
    size_bytes_ += step;
    bytes.remove_prefix(step);
    if (rest_bytes(size_bytes_) > 0) return;
    whole_blocks_ += from(XXH3_128bits_digest(&block_->state));
    begin_block();
  }
}

Hash128 StreamHash::value() const noexcept {
  Hash128 value = whole_blocks_;
  if (rest_bytes(size_bytes_) > 0) value += from(XXH3_128bits_digest(&block_->state));
  return value;
}

void StreamHash::go_on(const Hash128& value, std::uint64_t size_bytes,
                       std::string_view rest) noexcept {
  size_bytes_ = size_bytes - rest.size();
  begin_block();
  XXH3_128bits_update(&block_->state, rest.data(), rest.size());
  size_bytes_ = size_bytes;
  whole_blocks_ = value;
  if (!rest.empty()) whole_blocks_ -= from(XXH3_128bits_digest(&block_->state));
}

Hash128 hash_of(std::string_view bytes) {
  StreamHash hash;
  hash.add(bytes);
  return hash.value();
}

Hash128 hash_of_item(std::uint64_t item, std::string_view text) noexcept {
  return from(XXH3_128bits_withSeed(text.data(), text.size(), item));
}

std::uint64_t checksum_of(std::string_view line) noexcept {
  return XXH64(line.data(), line.size(), 0);
}

}  // namespace forkmap::host
