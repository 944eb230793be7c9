// SPDX-License-Identifier: Apache-2.0
//
// Values of options, with one wording for all that is wrong with them. All throw UsageError, which
// names the option.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "host/cli/usage_error.hpp"

namespace forkmap::host {

// A whole number, decimal digits only, lowest .. highest.
[[nodiscard]] std::uint64_t whole_number(std::string_view option, std::string_view text,
                                         std::uint64_t lowest, std::uint64_t highest);

// Of --delimiter: "ws" is types::kBlankRuns, the rest one character. Throws UsageError.
[[nodiscard]] char delimiter_named(std::string_view text);
// And back: "ws", or the character.
[[nodiscard]] std::string delimiter_text(char delimiter);

// The one character that a delimiter is; "\t" and "\0" may be written with a backslash.
[[nodiscard]] char one_character(std::string_view option, std::string_view text);

// Stands where a result of one column may stand, on one line.
void require_one_column(std::string_view option, std::string_view text);

// KEY=VALUE; the key is not empty.
[[nodiscard]] std::pair<std::string, std::string> key_and_value(std::string_view option,
                                                                std::string_view text);

// The name of a file, or folder, of this option's own: not empty, and not "-", which is nowhere a
// file of that name.
[[nodiscard]] std::string file_name(std::string_view option, const std::string& text);

template <class T>
using Choice = std::pair<std::string_view, T>;

// The value that stands beside the name `text`.
template <class T>
[[nodiscard]] T choice(std::string_view option, std::string_view text,
                       std::initializer_list<Choice<T>> choices) {
  for (const auto& [name, value] : choices) {
    if (name == text) return value;
  }
  std::string names;
  for (const auto& each : choices) names += (names.empty() ? "" : ", ") + std::string(each.first);
  throw UsageError(std::string(option) + ": \"" + std::string(text) + "\" is none of " + names);
}

}  // namespace forkmap::host
