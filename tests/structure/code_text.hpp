// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace forkmap::structure {

// The text with every comment and every string or character literal blanked out, lines and columns
// kept. Knows raw strings and digit separators; does not know line continuations inside //
// comments.
[[nodiscard]] std::string code_only(std::string_view text);

// Of a name in code.
[[nodiscard]] bool is_word(char character);

}  // namespace forkmap::structure
