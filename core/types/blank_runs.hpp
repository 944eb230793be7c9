// SPDX-License-Identifier: Apache-2.0
//
// Columns with any number of blanks and TABs between them, as awk and Fortran have them.
#pragma once

#include <optional>
#include <string_view>

namespace forkmap::types {

// Stands for them where a delimiter is one character. No line has it as one.
inline constexpr char kBlankRuns = '\x01';

// Takes the first field of what is left; nothing: there is none.
[[nodiscard]] inline std::optional<std::string_view> next_field(std::string_view& left) noexcept {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t begin = left.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return std::nullopt;
  left.remove_prefix(begin);
  const std::string_view field = left.substr(0, left.find_first_of(kBlanks));
  left.remove_prefix(field.size());
  return field;
}

}  // namespace forkmap::types
