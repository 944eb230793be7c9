// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "core/types/print_digits.hpp"

namespace forkmap::types {

// "-2.2250738585072014e-308" is the longest number, and a sign stands before the longest digits.
inline constexpr std::size_t kLongestNumberBytes = kPrintedDigitsRoom + 1;

// What an integer is without its sign.
template <std::integral T>
[[nodiscard]] std::uint64_t magnitude_of(T value) noexcept {
  if constexpr (std::is_signed_v<T>) {
    const auto bits = static_cast<std::uint64_t>(std::int64_t{value});
    return value < 0 ? 0 - bits : bits;
  } else {
    return value;
  }
}

// Writes a number as format_row() prints it and returns the end of it. There must be room for the
// longest one; all of it may be written.
template <std::integral T>
[[nodiscard]] char* print_number(T value, char* to) noexcept {
  if constexpr (std::is_signed_v<T>) {
    *to = '-';
    to += value < 0;
  }
  return print_digits(magnitude_of(value), to);
}

// The same, so that it ends before `end`; returns its begin. There is room for the longest one
// before `end`, and all of it may be written.
template <std::integral T>
[[nodiscard]] char* print_number_before(T value, char* end) noexcept {
  char* const begin = print_digits_before(magnitude_of(value), end);
  if constexpr (std::is_signed_v<T>) {
    begin[-1] = '-';
    return begin - (value < 0);
  } else {
    return begin;
  }
}

// Whether a float is an integer whose text is its digits: up to 2^53 no other float is closer to
// them, and no form with an exponent is shorter unless five zeros stand at the end.
[[nodiscard]] inline bool is_printed_whole(double value, std::int64_t& whole) noexcept {
  constexpr double kLimit = 9007199254740992.0;
  constexpr std::int64_t kShorterWithExponent = 100'000;
  if (!(value > -kLimit && value < kLimit)) return false;
  whole = static_cast<std::int64_t>(value);
  return static_cast<double>(whole) == value && whole % kShorterWithExponent != 0;
}

template <std::floating_point T>
[[nodiscard]] char* print_number(T value, char* to) noexcept {
  if constexpr (std::is_same_v<T, double>) {
    std::int64_t whole = 0;
    if (is_printed_whole(value, whole)) return print_number(whole, to);
  }
  if (std::isnan(value)) {  // its sign says nothing: 0.0 / 0.0 has one on some machines
    constexpr std::string_view kText = "nan";
    std::memcpy(to, kText.data(), kText.size());
    return to + kText.size();
  }
  return std::to_chars(to, to + kLongestNumberBytes, value).ptr;
}

// Element `index` of a column. A byte other than 0 and 1 must not be read as a bool.
template <class T>
[[nodiscard]] char* print_element(const void* values, std::size_t index, char* to) noexcept {
  if constexpr (std::is_same_v<T, bool>) {
    const std::string_view text =
        static_cast<const unsigned char*>(values)[index] != 0 ? "true" : "false";
    std::memcpy(to, text.data(), text.size());
    return to + text.size();
  } else {
    return print_number(static_cast<const T*>(values)[index], to);
  }
}

}  // namespace forkmap::types
