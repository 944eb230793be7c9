// SPDX-License-Identifier: Apache-2.0
#include "host/json_value.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/base/hexadecimal.hpp"
#include "core/base/utf8.hpp"
#include "core/types/text_format.hpp"

namespace forkmap::host {

namespace {

constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

unsigned byte_at(std::string_view text, std::size_t place) noexcept {
  return static_cast<unsigned char>(text[place]);
}

void append_character(char c, std::string& out) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20 && byte != 0x7f) {
    out += c;
    return;
  }
  out += "\\u00";
  base::append_hexadecimal(out, byte);
}

// format_value() writes what JSON has, but for nan and inf.
void append_number(types::Type type, const forkmap_column& column, std::uint64_t item,
                   std::string& out) {
  const std::size_t begin = out.size();
  types::format_value(type, column, item, true, out);
  if (out.find_first_of("in", begin) == std::string::npos) return;
  out.insert(begin, 1, '"');
  out += '"';
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t place = 0; place < bytes.size(); place += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - place);
    unsigned group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (i < count ? byte_at(bytes, place + i) : 0);
    for (std::size_t digit = 0; digit < 4; ++digit) {
      out += digit <= count ? kBase64Digits[group >> (18 - 6 * digit) & 63U] : '=';
    }
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t place = 0; place < text.size(); place += 4) {
    unsigned group = 0;
    std::size_t count = 3;
    for (std::size_t digit = 0; digit < 4; ++digit) {
      const char c = text[place + digit];
      const std::size_t value = kBase64Digits.find(c);
      const bool is_filler = c == '=' && digit >= 2 && place + 4 == text.size();
      if (value == std::string_view::npos && !is_filler) return std::nullopt;
      if (!is_filler && count < 3) return std::nullopt;  // a digit behind a filler
      if (is_filler && count == 3) count = digit - 1;
      group = group << 6 | (is_filler ? 0 : static_cast<unsigned>(value));
    }
    for (std::size_t i = 0; i < count; ++i)
      bytes += static_cast<char>(group >> (16 - 8 * i) & 255U);
  }
  return bytes;
}

void append_json_text(std::string_view text, std::string& out) {
  if (!base::is_utf8(text)) return append_json_bytes(text, out);
  out += '"';
  for (const char c : text) append_character(c, out);
  out += '"';
}

void append_json_bytes(std::string_view bytes, std::string& out) {
  out += "{\"base64\":\"" + base64(bytes) + "\"}";
}

void append_json_value(types::Type type, const forkmap_column& column, std::uint64_t item,
                       std::string& out) {
  if (!type.is_variable()) {
    if (type.code == FORKMAP_BOOL) return types::format_value(type, column, item, true, out);
    return append_number(type, column, item, out);
  }
  const std::uint32_t element = types::element_bytes(type);
  const std::uint64_t begin = types::aligned_start(column.starts[item], element);
  const std::uint64_t size_bytes = column.ends[item] - begin;
  const unsigned char* const bytes = column.bytes + begin;
  if (!type.is_array()) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size_bytes);
    return type.code == FORKMAP_STR ? append_json_text(text, out) : append_json_bytes(text, out);
  }
  forkmap_column elements{};
  elements.type = type.element().code;
  elements.values = bytes;
  out += '[';
  for (std::uint64_t i = 0; i < size_bytes / element; ++i) {
    if (i > 0) out += ',';
    append_number(type.element(), elements, i, out);
  }
  out += ']';
}

}  // namespace forkmap::host
