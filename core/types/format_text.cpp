// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "core/types/text_format.hpp"
#include "core/types/visit_scalar.hpp"

namespace forkmap::types {

namespace {

// "-2.2250738585072014e-308" is the longest number.
constexpr std::size_t kLongestNumberBytes = 32;

template <class T>
void append_number(T value, std::string& out) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(value)) {  // its sign says nothing: 0.0 / 0.0 has one on some machines
      out += "nan";
      return;
    }
  }
  std::array<char, kLongestNumberBytes> digits;
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), static_cast<std::size_t>(written.ptr - digits.data()));
}

// A byte other than 0 and 1 must not be read as a bool.
void append_bool(const void* values, std::uint64_t index, std::string& out) {
  out += static_cast<const unsigned char*>(values)[index] != 0 ? "true" : "false";
}

void append_fixed(std::uint32_t code, const void* values, std::uint64_t index, std::string& out) {
  visit_scalar(code, [&]<class T>(std::type_identity<T>) {
    if constexpr (std::is_same_v<T, bool>) {
      append_bool(values, index, out);
    } else {
      append_number(static_cast<const T*>(values)[index], out);
    }
  });
}

void append_escaped(std::string_view text, std::string& out) {
  constexpr std::string_view kEscaped = "\n\t\r\\";
  constexpr std::string_view kLetters = "ntr\\";
  std::size_t plain = 0;  // begin of what is not written yet
  for (std::size_t place = 0; place < text.size(); ++place) {
    const char c = text[place];
    // All escaped characters but the backslash are control characters.
    if (static_cast<unsigned char>(c) >= 0x20 && c != '\\') continue;
    const std::size_t which = kEscaped.find(c);
    if (which == std::string_view::npos) continue;
    out.append(text.substr(plain, place - plain));
    out += '\\';
    out += kLetters[which];
    plain = place + 1;
  }
  out.append(text.substr(plain));
}

}  // namespace

void format_value(Type type, const forkmap_column& column, std::uint64_t item, bool raw,
                  std::string& out) {
  if (!type.is_variable()) {
    append_fixed(type.code, column.values, item, out);
    return;
  }
  const std::uint32_t element = element_bytes(type);
  const std::uint64_t begin = aligned_start(column.starts[item], element);
  const std::uint64_t size_bytes = column.ends[item] - begin;
  const unsigned char* const bytes = column.bytes + begin;
  if (!type.is_array()) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size_bytes);
    if (raw) {
      out += text;
    } else {
      append_escaped(text, out);
    }
    return;
  }
  for (std::uint64_t i = 0; i < size_bytes / element; ++i) {
    if (i > 0) out += ',';
    append_fixed(type.element().code, bytes, i, out);
  }
}

void format_row(const ColumnLayout& layout, const forkmap_column* columns, std::uint64_t item,
                const TextRules& rules, std::string& out) {
  for (std::uint32_t column = 0; column < layout.column_count; ++column) {
    if (column > 0) out += '\t';
    format_value(layout.types[column], columns[column], item, rules.raw, out);
  }
}

}  // namespace forkmap::types
