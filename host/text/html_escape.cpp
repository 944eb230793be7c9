// SPDX-License-Identifier: Apache-2.0
#include "host/text/html_escape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/base/printable_text.hpp"
#include "host/text/json_value.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kLongestSequence = 4;

// Bytes of the character at the beginning; 0 if there is none in UTF-8.
std::size_t character_bytes(std::string_view text) noexcept {
  for (std::size_t size = 1; size <= std::min(kLongestSequence, text.size()); ++size) {
    if (is_utf8(text.substr(0, size))) return size;
  }
  return 0;
}

char32_t code_point(std::string_view character) noexcept {
  if (character.size() == 1) return static_cast<unsigned char>(character.front());
  auto code = static_cast<char32_t>(static_cast<unsigned char>(character.front()) &
                                    (0xffU >> (character.size() + 1)));
  for (const char byte : character.substr(1)) {
    code = (code << 6U) | (static_cast<unsigned char>(byte) & 0x3fU);
  }
  return code;
}

void append_ascii(char character, std::string& out) {
  switch (character) {
    case '&':
      out += "&amp;";
      return;
    case '<':
      out += "&lt;";
      return;
    case '>':
      out += "&gt;";
      return;
    case '"':
      out += "&quot;";
      return;
    case '\'':
      out += "&#39;";
      return;
    default:
      break;
  }
  const auto code = static_cast<unsigned char>(character);
  if ((code < 0x20 && character != '\n') || code == 0x7f) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", code);
  } else {
    out += character;
  }
}

}  // namespace

void append_html(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const std::size_t size = character_bytes(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(1, size));
    if (size == 0) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}",
                     static_cast<unsigned char>(character.front()));
    } else if (size == 1) {
      append_ascii(character.front(), out);
    } else if (base::is_hidden(code_point(character))) {
      fmt::format_to(std::back_inserter(out), "\\u{{{:04x}}}",
                     static_cast<unsigned>(code_point(character)));
    } else {
      out += character;
    }
    text.remove_prefix(character.size());
  }
}

std::string html_text(std::string_view text) {
  std::string out;
  append_html(text, out);
  return out;
}

}  // namespace forkmap::host
