// SPDX-License-Identifier: Apache-2.0
#include "host/text/shell_quote.hpp"

#include <algorithm>

#include "core/base/printable_text.hpp"

namespace forkmap::host {

namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-./:=,+@%").find(c) != std::string_view::npos;
}

bool is_printable(std::string_view text) {
  for (std::size_t place = 0; place < text.size();) {
    const std::size_t bytes = base::printable_bytes(text, place);
    if (bytes == 0) return false;
    place += bytes;
  }
  return true;
}

// Octal escapes have three digits, so that a digit behind one is not taken for a part of it.
std::string with_escapes(std::string_view text) {
  std::string out = "$'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\'' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += '\\';
      out += static_cast<char>('0' + (byte >> 6));
      out += static_cast<char>('0' + (byte >> 3 & 7));
      out += static_cast<char>('0' + (byte & 7));
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace

std::string shell_quoted(std::string_view text) {
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return std::string(text);
  if (!is_printable(text)) return with_escapes(text);
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace forkmap::host
