// SPDX-License-Identifier: Apache-2.0
//
// Numbers of at most sixteen digits, which are nearly all there are, read eight digits at a time.
// What is read here is what std::from_chars reads; what is not has to be asked there.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <utility>

namespace forkmap::types {

// So many bytes before a text have to be readable; what they are does not matter.
inline constexpr std::size_t kReadableBytesBefore = 16;

namespace detail {

inline constexpr std::uint64_t kZeros = 0x3030303030303030U;

// The last `count` (1 to 8) bytes before `end` as digits, the first one in the lowest of their
// bytes; the bytes below are 0.
[[nodiscard]] inline std::uint64_t digits_before(const char* end, std::size_t count) noexcept {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t word = 0;
  std::memcpy(&word, end - sizeof word, sizeof word);
  return (word ^ kZeros) & (~std::uint64_t{0} << (64 - 8 * count));
}

[[nodiscard]] inline bool are_digits(std::uint64_t digits) noexcept {
  constexpr std::uint64_t kSevenBitsOverNine = 0x7676767676767676U;
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  return ((digits | (digits + kSevenBitsOverNine)) & kHighBits) == 0;
}

// Eight digits, the first and most significant one in the lowest byte: pairs, then fours, then all.
[[nodiscard]] inline std::uint64_t value_of_digits(std::uint64_t digits) noexcept {
  digits = (digits * 10 + (digits >> 8)) & 0x00ff00ff00ff00ffU;
  digits = (digits * 100 + (digits >> 16)) & 0x0000ffff0000ffffU;
  return (digits * 10000 + (digits >> 32)) & 0xffffffffU;
}

}  // namespace detail

// A text of 1 to 16 digits; false, and no value, if it is none. (An optional would be returned
// through memory, and cost more than all the rest.)
[[nodiscard]] inline bool read_digits(const char* begin, const char* end,
                                      std::uint64_t& value) noexcept {
  constexpr std::size_t kWordDigits = 8;
  const auto size = static_cast<std::size_t>(end - begin);
  if (size - 1 >= 2 * kWordDigits) return false;
  if (size <= kWordDigits) {
    const std::uint64_t digits = detail::digits_before(end, size);
    value = detail::value_of_digits(digits);
    return detail::are_digits(digits);
  }
  const std::uint64_t low = detail::digits_before(end, kWordDigits);
  const std::uint64_t high = detail::digits_before(end - kWordDigits, size - kWordDigits);
  value = detail::value_of_digits(high) * 100'000'000 + detail::value_of_digits(low);
  return detail::are_digits(high) && detail::are_digits(low);
}

template <std::integral T>
[[nodiscard]] bool read_short(const char* begin, const char* end, T& value) noexcept {
  const bool is_negative = std::is_signed_v<T> && begin != end && *begin == '-';
  std::uint64_t digits = 0;
  if (!read_digits(begin + is_negative, end, digits)) return false;
  const auto number = static_cast<std::int64_t>(digits);
  const std::int64_t found = is_negative ? -number : number;
  value = static_cast<T>(found);
  return std::in_range<T>(found);
}

// Digits, or digits, a point, and digits. The digits as an integer and the power of ten are exact
// in double precision, so that their quotient is rounded once, and hence rightly.
[[nodiscard]] inline bool read_short(const char* begin, const char* end, double& value) noexcept {
  constexpr std::uint64_t kLargestExact = std::uint64_t{1} << 53U;
  constexpr std::size_t kMostDigits = 16;
  static constexpr std::array<double, kMostDigits + 1> kPowers = {
      1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16};
  static constexpr std::array<std::uint64_t, 10> kWholePowers = {
      1, 10, 100, 1000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
  const bool is_negative = begin != end && *begin == '-';
  begin += is_negative;
  const auto size = static_cast<std::size_t>(end - begin);
  if (size == 0 || size > kMostDigits + 1) return false;
  // The part before the point is short as a rule.
  std::uint64_t digits = 0;
  const char* point = begin;
  for (; point != end && *point >= '0' && *point <= '9'; ++point) {
    digits = digits * 10 + static_cast<std::uint64_t>(*point - '0');
  }
  if (point == begin) return false;
  std::size_t behind = 0;
  if (point != end) {
    behind = static_cast<std::size_t>(end - point) - 1;
    std::uint64_t fraction = 0;
    if (*point != '.' || !read_digits(point + 1, end, fraction)) return false;
    std::uint64_t power = kWholePowers[behind < 9 ? behind : 9];
    if (behind > 9) power *= kWholePowers[behind - 9];
    digits = digits * power + fraction;
  }
  if (digits > kLargestExact) return false;
  const double found = static_cast<double>(digits) / kPowers[behind];
  value = is_negative ? -found : found;
  return true;
}

}  // namespace forkmap::types
