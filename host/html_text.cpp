// SPDX-License-Identifier: Apache-2.0
#include "host/html_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/base/hexadecimal.hpp"
#include "core/base/printable_text.hpp"
#include "core/base/utf8.hpp"

namespace forkmap::host {

namespace {

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
    out += "\\x";
    base::append_hexadecimal(out, code);
  } else {
    out += character;
  }
}

}  // namespace

void append_html(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const auto [size, code] = base::utf8_character_at(text, 0);
    if (size == 0) {
      base::append_escape(out, static_cast<unsigned char>(text.front()));
    } else if (size == 1) {
      append_ascii(text.front(), out);
    } else if (base::is_hidden(code)) {
      fmt::format_to(std::back_inserter(out), "\\u{{{:04x}}}", static_cast<unsigned>(code));
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(std::max<std::size_t>(1, size));
  }
}

std::string html_text(std::string_view text) {
  std::string out;
  append_html(text, out);
  return out;
}

}  // namespace forkmap::host
