// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace forkmap::base {

struct Utf8Character {
  std::size_t bytes = 0;  // 0: there is none
  char32_t code = 0;
};

// The character that begins at `place` < text.size(). RFC 3629, table of section 4: no overlong
// forms, no surrogates, nothing above U+10FFFF, nothing that is cut off.
[[nodiscard]] Utf8Character utf8_character_at(std::string_view text, std::size_t place) noexcept;

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace forkmap::base
