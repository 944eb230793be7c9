// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <system_error>

namespace forkmap::types {

enum class ScalarText : std::uint8_t { value, no_value, out_of_range };

// Whether the text is an integer at all (then it was too large, or negative and must not be).
[[nodiscard]] bool is_integer_text(std::string_view text) noexcept;

// Reads one number or bool from the whole text; see parse_row() for the forms. Floats of a
// magnitude below the smallest subnormal are out of range, like those above the largest.
template <std::integral T>
[[nodiscard]] ScalarText parse_scalar(std::string_view text, T& value) noexcept {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error == std::errc() && stop == end) [[likely]]
    return ScalarText::value;
  return is_integer_text(text) ? ScalarText::out_of_range : ScalarText::no_value;
}

template <std::floating_point T>
[[nodiscard]] ScalarText parse_scalar(std::string_view text, T& value) noexcept {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (stop != end || error == std::errc::invalid_argument) return ScalarText::no_value;
  return error == std::errc() ? ScalarText::value : ScalarText::out_of_range;
}

template <>
[[nodiscard]] inline ScalarText parse_scalar(std::string_view text, bool& value) noexcept {
  value = text == "1" || text == "true";
  return value || text == "0" || text == "false" ? ScalarText::value : ScalarText::no_value;
}

}  // namespace forkmap::types
