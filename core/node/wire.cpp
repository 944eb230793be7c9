// SPDX-License-Identifier: Apache-2.0
#include "core/node/wire.hpp"

#include <array>

namespace forkmap::node {

namespace {

constexpr unsigned kShortBits = 7;
constexpr std::uint64_t kGoesOn = kLongFrom;

}  // namespace

void WireWriter::put_long(std::uint64_t value) {
  std::array<std::byte, 10> bytes{};
  std::size_t size = 0;
  while (value >= kGoesOn) {
    bytes[size++] = static_cast<std::byte>(value | kGoesOn);
    value >>= kShortBits;
  }
  bytes[size++] = static_cast<std::byte>(value);
  put_bytes(bytes.data(), size);
}

void WireWriter::put(std::string_view text) {
  put_short(text.size());
  put_bytes(text.data(), text.size());
}

std::uint64_t WireReader::get_long() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += kShortBits) {
    const auto bytes = get_bytes(1);
    if (bytes.empty()) return 0;
    const auto byte = std::to_integer<std::uint64_t>(bytes[0]);
    const std::uint64_t bits = byte & (kGoesOn - 1);
    if (shift == 63 && bits > 1) break;
    value |= bits << shift;
    if ((byte & kGoesOn) == 0) return value;
  }
  fail("a number of more than 64 bits");
  return 0;
}

void WireReader::get(std::string& text) {
  const auto bytes = get_bytes(get_short());
  text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::uint64_t WireReader::get_count(std::uint64_t least_bytes) {
  const std::uint64_t count = get_short();
  if (count > left_.size() / least_bytes) {
    fail("a count of " + std::to_string(count) + " things, which its message cannot hold");
    return 0;
  }
  return count;
}

std::span<const std::byte> WireReader::get_bytes(std::uint64_t size) {
  if (size > left_.size()) {
    fail("a message that is too short");
    return {};
  }
  const auto bytes = left_.first(size);
  left_ = left_.subspan(size);
  return bytes;
}

}  // namespace forkmap::node
