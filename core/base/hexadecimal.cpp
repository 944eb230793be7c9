// SPDX-License-Identifier: Apache-2.0
#include "core/base/hexadecimal.hpp"

#include <charconv>

namespace forkmap::base {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

void append_hexadecimal(std::string& out, unsigned char byte) {
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 15U];
}

std::string hexadecimal(std::uint64_t value) {
  std::string digits(kHexadecimalDigits, '0');
  for (std::size_t place = kHexadecimalDigits; place > 0; --place, value >>= 4U) {
    digits[place - 1] = kDigits[value & 15U];
  }
  return digits;
}

std::optional<std::uint64_t> from_hexadecimal(std::string_view digits) noexcept {
  if (digits.size() != kHexadecimalDigits) return std::nullopt;
  std::uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, value, 16);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return value;
}

}  // namespace forkmap::base
