// SPDX-License-Identifier: Apache-2.0
#include "core/base/printable_text.hpp"

namespace forkmap::base {

namespace {

constexpr std::string_view kIndent = "  ";

struct Character {
  std::size_t bytes = 0;  // 0: none
  char32_t code = 0;
};

// RFC 3629, table of section 4: no overlong forms, no surrogates, nothing above U+10FFFF.
Character character_at(std::string_view text, std::size_t place) noexcept {
  const auto byte_at = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned lead = byte_at(place);
  if (lead < 0x80) return {1, lead};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() - place < length) return {};
  char32_t code = lead & (0xffU >> (length + 1));
  for (std::size_t next = place + 1; next < place + length; ++next) {
    if ((byte_at(next) & 0xc0U) != 0x80U) return {};
    code = (code << 6U) | (byte_at(next) & 0x3fU);
  }
  const bool is_overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
  if (is_overlong || is_surrogate || code > 0x10ffff) return {};
  return {length, code};
}

}  // namespace

bool is_hidden(char32_t code) noexcept {
  return (code >= 0x80 && code < 0xa0) || code == 0xad || code == 0x061c ||
         (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
         (code >= 0xfff9 && code <= 0xfffb) || (code & 0xfffeU) == 0xfffe ||
         (code >= 0xe0000 && code <= 0xe007f);
}

std::size_t printable_bytes(std::string_view text, std::size_t place) noexcept {
  const Character character = character_at(text, place);
  const bool is_control = character.code < 0x20 || character.code == 0x7f;
  return is_control || is_hidden(character.code) ? 0 : character.bytes;
}

void append_escape(std::string& out, unsigned char byte) {
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
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
  }
}

std::string printable_line(std::string_view text, std::string_view kept) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t place = 0; place < text.size();) {
    const std::size_t bytes = printable_bytes(text, place);
    if (bytes > 0) {
      out += text.substr(place, bytes);
      place += bytes;
    } else if (kept.find(text[place]) != std::string_view::npos) {
      out += text[place++];
    } else {
      append_escape(out, static_cast<unsigned char>(text[place++]));
    }
  }
  return out;
}

std::string printable_lines(std::string_view text) {
  std::string out;
  for (;;) {
    const std::size_t end = text.find('\n');
    out += printable_line(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
    out += '\n';
    const bool is_empty = text.empty() || text.front() == '\n';
    if (!is_empty && !text.starts_with(kIndent)) out += kIndent;
  }
}

}  // namespace forkmap::base
