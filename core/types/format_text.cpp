// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "core/types/print_number.hpp"
#include "core/types/text_format.hpp"
#include "core/types/text_output.hpp"
#include "core/types/visit_scalar.hpp"

namespace forkmap::types {

namespace {

template <class Output>
void print_fixed(std::uint32_t code, const void* values, std::uint64_t index, Output& out) {
  visit_scalar(code, [&]<class T>(std::type_identity<T>) {
    out.put_number([&](char* to) { return print_element<T>(values, index, to); });
  });
}

// All escaped characters but the backslash are control characters.
constexpr bool may_be_escaped(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == '\\';
}

// Where the first character that may be escaped stands, or the end. Whole blocks are looked over
// without a branch in them, which compilers turn into vector instructions.
std::size_t plain_bytes(std::string_view text, std::size_t place) noexcept {
  constexpr std::size_t kBlockBytes = 64;
  for (; text.size() - place >= kBlockBytes; place += kBlockBytes) {
    unsigned char found = 0;
    for (std::size_t i = 0; i < kBlockBytes; ++i) {
      found |= static_cast<unsigned char>(may_be_escaped(text[place + i]));
    }
    if (found != 0) break;
  }
  while (place < text.size() && !may_be_escaped(text[place])) ++place;
  return place;
}

template <class Output>
void print_escaped(std::string_view text, Output& out) {
  constexpr std::string_view kEscaped = "\n\t\r\\";
  constexpr std::string_view kLetters = "ntr\\";
  std::size_t unwritten = 0;
  for (std::size_t place = plain_bytes(text, 0); place < text.size();
       place = plain_bytes(text, place + 1)) {
    const std::size_t which = kEscaped.find(text[place]);
    if (which == std::string_view::npos) continue;
    out.put(text.substr(unwritten, place - unwritten));
    out.put('\\');
    out.put(kLetters[which]);
    unwritten = place + 1;
  }
  out.put(text.substr(unwritten));
}

template <class Output>
void print_value(Type type, const forkmap_column& column, std::uint64_t item, bool raw,
                 Output& out) {
  if (!type.is_variable()) {
    print_fixed(type.code, column.values, item, out);
    return;
  }
  const std::uint32_t element = element_bytes(type);
  const std::uint64_t begin = aligned_start(column.starts[item], element);
  const std::uint64_t size_bytes = column.ends[item] - begin;
  const unsigned char* const bytes = column.bytes + begin;
  if (!type.is_array()) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size_bytes);
    if (raw) {
      out.put(text);
    } else {
      print_escaped(text, out);
    }
    return;
  }
  for (std::uint64_t i = 0; i < size_bytes / element; ++i) {
    if (i > 0) out.put(',');
    print_fixed(type.element().code, bytes, i, out);
  }
}

template <class Output>
void print_row(const ColumnLayout& layout, const forkmap_column* columns, std::uint64_t item,
               const TextRules& rules, Output& out) {
  for (std::uint32_t column = 0; column < layout.column_count; ++column) {
    if (column > 0) out.put('\t');
    print_value(layout.types[column], columns[column], item, rules.raw, out);
  }
}

// Calls print(item, out) for each item that has a value, to print its line.
template <class Print>
std::optional<std::uint64_t> print_each(const PrintedItems& items, const TextRoom& room,
                                        const Print& print) {
  base::StreamStage stage;
  StreamOutput out(stage, room.begin, room.size_bytes);
  const unsigned char* const status = items.status;
  std::uint64_t* const ends = room.ends;
  for (std::uint64_t item = 0; item < items.count; ++item) {
    if (status[item] == FORKMAP_STATUS_VALUE) [[likely]] {
      print(item, out);
      if (out.has_failed()) return std::nullopt;
    }
    if (ends != nullptr) ends[item] = out.size_bytes();
  }
  out.finish();
  return out.size_bytes();
}

}  // namespace

void format_value(Type type, const forkmap_column& column, std::uint64_t item, bool raw,
                  std::string& out) {
  StringOutput output(out);
  print_value(type, column, item, raw, output);
}

void format_row(const ColumnLayout& layout, const forkmap_column* columns, std::uint64_t item,
                const TextRules& rules, std::string& out) {
  StringOutput output(out);
  print_row(layout, columns, item, rules, output);
}

std::optional<std::uint64_t> print_lines(const ColumnLayout& layout, const PrintedItems& items,
                                         const TextRules& rules, const TextRoom& room) {
  if (layout.column_count == 1 && !layout.has_variable()) {
    // The commonest results: one loop for each type of number.
    return visit_scalar(layout.types[0].code, [&]<class T>(std::type_identity<T>) {
      const void* const values = items.columns[0].values;
      const char terminator = rules.terminator;
      return print_each(items, room, [=](std::uint64_t item, auto& out) {
        // One byte more: the longest room is longer than any number.
        out.put_number([=](char* to) {
          char* const end = print_element<T>(values, item, to);
          *end = terminator;
          return end + 1;
        });
      });
    });
  }
  return print_each(items, room, [&](std::uint64_t item, auto& out) {
    print_row(layout, items.columns, item, rules, out);
    out.put(rules.terminator);
  });
}

}  // namespace forkmap::types
