// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace forkmap::types {

// What a text that is too long ends with.
inline constexpr std::string_view kCutMark = "... (cut)";

// How many leading bytes of `text` fit into `limit_bytes` without splitting a UTF-8 sequence. In
// text that is not UTF-8 at most three bytes are given away.
[[nodiscard]] std::size_t whole_characters(std::string_view text, std::size_t limit_bytes) noexcept;

// The first place from `place` on where a character begins.
[[nodiscard]] std::size_t character_begin(std::string_view text, std::size_t place) noexcept;

// An error text as it is kept: whole, or its beginning and a mark, FORKMAP_MAX_MESSAGE_BYTES in
// all.
struct CutMessage {
  std::string_view kept;
  std::string_view mark;  // empty if nothing was cut
  [[nodiscard]] std::size_t size() const noexcept { return kept.size() + mark.size(); }
};
[[nodiscard]] CutMessage cut_message(std::string_view text) noexcept;

}  // namespace forkmap::types
