// SPDX-License-Identifier: Apache-2.0
//
// The one place that makes text which is not forkmap's own fit for people's eyes: messages of
// functions, items, paths, values of options, names and descriptions in plugins.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace forkmap::base {

// Whether a character is not seen, and changes how others are: marks of direction, joiners, C1
// control characters, noncharacters.
[[nodiscard]] bool is_hidden(char32_t code) noexcept;

// Bytes of the character at `place` if it can be shown as it is; 0 for a control or hidden
// character, and for a byte that begins no character in UTF-8.
[[nodiscard]] std::size_t printable_bytes(std::string_view text, std::size_t place) noexcept;

// "\n", "\t", "\r", "\x1b".
void append_escape(std::string& out, unsigned char byte);

// One line: every byte that cannot be shown is escaped, but for those in `kept`.
[[nodiscard]] std::string printable_line(std::string_view text, std::string_view kept = {});

// Several lines: the same, but a newline begins a line that is indented by two blanks (unless it is
// already), so that none looks like a line of forkmap's.
[[nodiscard]] std::string printable_lines(std::string_view text);

}  // namespace forkmap::base
