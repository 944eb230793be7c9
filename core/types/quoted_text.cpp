// SPDX-License-Identifier: Apache-2.0
#include "core/types/quoted_text.hpp"

#include "core/base/printable_text.hpp"
#include "core/types/message_cut.hpp"

namespace forkmap::types {

namespace {

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (std::size_t place = 0; place < text.size();) {
    const std::size_t length = base::printable_bytes(text, place);
    if (length == 0) {
      base::append_escape(out, static_cast<unsigned char>(text[place++]));
      continue;
    }
    if (text[place] == '"' || text[place] == '\\') out += '\\';
    out += text.substr(place, length);
    place += length;
  }
  return out + '"';
}

}  // namespace

// What tells two long texts apart stands at the end more often than at the beginning.
std::string quoted(std::string_view text, std::size_t limit_bytes) {
  if (text.size() <= limit_bytes) return in_quotes(text);
  const std::size_t head_bytes = whole_characters(text, limit_bytes / 3);
  const std::size_t tail_begin =
      character_begin(text, text.size() - (limit_bytes - limit_bytes / 3));
  return in_quotes(text.substr(0, head_bytes)) + "..." + in_quotes(text.substr(tail_begin));
}

}  // namespace forkmap::types
