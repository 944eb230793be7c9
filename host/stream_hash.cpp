// SPDX-License-Identifier: Apache-2.0
#include "host/stream_hash.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace forkmap::host {

namespace {

constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87;
constexpr std::uint64_t kPrime2 = 0xC2B2AE3D27D4EB4F;
constexpr std::uint64_t kPrime3 = 0x165667B19E3779F9;
constexpr std::uint64_t kPrime4 = 0x85EBCA77C2B2AE63;
constexpr std::uint64_t kPrime5 = 0x27D4EB2F165667C5;

template <class Word>
Word word_at(const unsigned char* place) noexcept {
  static_assert(std::endian::native == std::endian::little);
  Word word;
  std::memcpy(&word, place, sizeof word);
  return word;
}

std::uint64_t with_word(std::uint64_t lane, std::uint64_t word) noexcept {
  return std::rotl(lane + word * kPrime2, 31) * kPrime1;
}

std::uint64_t with_lane(std::uint64_t hash, std::uint64_t lane) noexcept {
  return (hash ^ with_word(0, lane)) * kPrime1 + kPrime4;
}

}  // namespace

void StreamHash::add_blocks(const unsigned char* begin, std::size_t blocks) noexcept {
  auto lanes = lanes_;  // in registers
  for (; blocks > 0; --blocks) {
    for (std::uint64_t& lane : lanes) {
      lane = with_word(lane, word_at<std::uint64_t>(begin));
      begin += sizeof lane;
    }
  }
  lanes_ = lanes;
}

void StreamHash::add(std::string_view bytes) noexcept {
  const auto* place = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t left = bytes.size();
  const std::size_t waiting = size_bytes_ % kBlockBytes;
  size_bytes_ += left;
  if (waiting > 0) {
    const std::size_t taken = std::min(left, kBlockBytes - waiting);
    std::copy_n(place, taken, rest_.begin() + static_cast<std::ptrdiff_t>(waiting));
    if (waiting + taken < kBlockBytes) return;
    add_blocks(rest_.data(), 1);
    place += taken;
    left -= taken;
  }
  add_blocks(place, left / kBlockBytes);
  std::copy_n(place + left / kBlockBytes * kBlockBytes, left % kBlockBytes, rest_.begin());
}

std::uint64_t StreamHash::value() const noexcept {
  std::uint64_t hash = kPrime5;
  if (size_bytes_ >= kBlockBytes) {
    hash = std::rotl(lanes_[0], 1) + std::rotl(lanes_[1], 7) + std::rotl(lanes_[2], 12) +
           std::rotl(lanes_[3], 18);
    for (const std::uint64_t lane : lanes_) hash = with_lane(hash, lane);
  }
  hash += size_bytes_;
  const unsigned char* place = rest_.data();
  std::size_t left = size_bytes_ % kBlockBytes;
  for (; left >= 8; left -= 8, place += 8) {
    hash = std::rotl(hash ^ with_word(0, word_at<std::uint64_t>(place)), 27) * kPrime1 + kPrime4;
  }
  if (left >= 4) {
    hash ^= word_at<std::uint32_t>(place) * kPrime1;
    hash = std::rotl(hash, 23) * kPrime2 + kPrime3;
    left -= 4;
    place += 4;
  }
  for (; left > 0; --left, ++place) hash = std::rotl(hash ^ *place * kPrime5, 11) * kPrime1;
  hash = (hash ^ hash >> 33) * kPrime2;
  hash = (hash ^ hash >> 29) * kPrime3;
  return hash ^ hash >> 32;
}

std::uint64_t hash_of(std::string_view bytes) noexcept {
  StreamHash hash;
  hash.add(bytes);
  return hash.value();
}

}  // namespace forkmap::host
