// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace forkmap::types {

// "-2.2250738585072014e-308" is the longest number.
inline constexpr std::size_t kLongestNumberBytes = 32;

// Writes a number as format_row() prints it and returns the end of it. There must be room for the
// longest one. A bool is any byte: 0 is false.
template <class T>
[[nodiscard]] char* print_number(T value, char* to) noexcept {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(value)) {  // its sign says nothing: 0.0 / 0.0 has one on some machines
      std::memcpy(to, "nan", 3);
      return to + 3;
    }
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
