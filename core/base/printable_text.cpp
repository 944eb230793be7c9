// SPDX-License-Identifier: Apache-2.0
#include "core/base/printable_text.hpp"

#include "core/base/hexadecimal.hpp"
#include "core/base/utf8.hpp"

namespace forkmap::base {

namespace {

constexpr std::string_view kIndent = "  ";

}  // namespace

bool is_hidden(char32_t code) noexcept {
  return (code >= 0x80 && code < 0xa0) || code == 0xad || code == 0x061c ||
         (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
         (code >= 0xfff9 && code <= 0xfffb) || (code & 0xfffeU) == 0xfffe ||
         (code >= 0xe0000 && code <= 0xe007f);
}

std::size_t printable_bytes(std::string_view text, std::size_t place) noexcept {
  const Utf8Character character = utf8_character_at(text, place);
  const bool is_control = character.code < 0x20 || character.code == 0x7f;
  return is_control || is_hidden(character.code) ? 0 : character.bytes;
}

void append_escape(std::string& out, unsigned char byte) {
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
      append_hexadecimal(out, byte);
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
