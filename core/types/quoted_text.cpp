// SPDX-License-Identifier: Apache-2.0
#include "core/types/quoted_text.hpp"

#include "core/types/message_cut.hpp"

namespace forkmap::types {

namespace {

unsigned byte_at(std::string_view text, std::size_t place) noexcept {
  return static_cast<unsigned char>(text[place]);
}

// Length of the printable UTF-8 sequence at `place`; 0 if there is none. (RFC 3629, table of
// section 4: no overlong forms, no surrogates, nothing above U+10FFFF.)
std::size_t printable_sequence(std::string_view text, std::size_t place) noexcept {
  const unsigned lead = byte_at(text, place);
  if (lead < 0x80) return lead >= 0x20 && lead != 0x7f ? 1 : 0;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() - place < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(text, place + i) & 0xc0u) != 0x80u) return 0;
  }
  const unsigned second = byte_at(text, place + 1);
  if (lead == 0xc2 && second < 0xa0) return 0;  // C1 control characters
  if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
      (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) {
    return 0;
  }
  return length;
}

void append_escape(std::string& out, unsigned byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (byte) {
    case '\n':
      out += "\\n";
      break;
    case '\t':
      out += "\\t";
      break;
    case '\r':
      out += "\\r";
      break;
    default:
      out += "\\x";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15u];
  }
}

}  // namespace

std::string quoted(std::string_view text, std::size_t limit_bytes) {
  const std::string_view kept = text.substr(0, whole_characters(text, limit_bytes));
  std::string out = "\"";
  for (std::size_t place = 0; place < kept.size();) {
    const std::size_t length = printable_sequence(kept, place);
    if (length == 0) {
      append_escape(out, byte_at(kept, place));
      ++place;
      continue;
    }
    if (kept[place] == '"' || kept[place] == '\\') out += '\\';
    out += kept.substr(place, length);
    place += length;
  }
  out += '"';
  if (kept.size() < text.size()) out += kCutMark;
  return out;
}

}  // namespace forkmap::types
