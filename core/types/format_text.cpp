// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

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

// So many integers are printed at once, the last one first.
constexpr std::size_t kBlockNumbers = 24;
constexpr std::size_t kLongestLineBytes = 21;  // "-9223372036854775808" and a terminator
static_assert(kBlockNumbers * kLongestLineBytes <= base::kStageSlackBytes);

bool are_all_values(const unsigned char* status) noexcept {
  unsigned others = 0;
  for (std::size_t item = 0; item < kBlockNumbers; ++item) {
    others |= status[item] ^ unsigned { FORKMAP_STATUS_VALUE };
  }
  return others == 0;
}

// Lines of integers, all of which have a value. From the back, each number may be written in full
// width: what is too much is where the line before it comes.
template <std::integral T>
void print_block(const T* values, char terminator, StreamOutput& out) noexcept {
  std::array<char, kBlockNumbers * kLongestLineBytes + kLongestNumberBytes> lines;
  char* const end = lines.data() + lines.size();
  char* begin = end;
  for (std::size_t item = kBlockNumbers; item > 0; --item) {
    *--begin = terminator;
    begin = print_number_before(values[item - 1], begin);
  }
  out.put(std::string_view(begin, static_cast<std::size_t>(end - begin)));
}

// Calls print(item, out) for each item of [first, last) that has a value, to print its line. False:
// there is no room.
template <class Print>
bool print_items(const PrintedItems& items, const TextRoom& room, std::uint64_t first,
                 std::uint64_t last, const Print& print, StreamOutput& out) {
  for (std::uint64_t item = first; item < last; ++item) {
    if (items.status[item] == FORKMAP_STATUS_VALUE) [[likely]] {
      print(item, out);
      if (out.has_failed()) return false;
    }
    if (room.ends != nullptr) room.ends[item] = out.size_bytes();
  }
  return true;
}

// Lines of one number each.
template <class T>
bool print_numbers(const PrintedItems& items, const TextRules& rules, const TextRoom& room,
                   StreamOutput& out) {
  const auto* const values = static_cast<const T*>(items.columns[0].values);
  const char terminator = rules.terminator;
  const auto print = [=](std::uint64_t item, StreamOutput& to) {
    // One byte more: the longest room is longer than any number.
    to.put_number([=](char* place) {
      char* const end = print_element<T>(values, item, place);
      *end = terminator;
      return end + 1;
    });
  };
  std::uint64_t item = 0;
  if constexpr (std::integral<T> && !std::is_same_v<T, bool>) {
    for (; room.ends == nullptr && items.count - item >= kBlockNumbers; item += kBlockNumbers) {
      if (are_all_values(items.status + item)) {
        print_block(values + item, terminator, out);
        if (out.has_failed()) return false;
      } else if (!print_items(items, room, item, item + kBlockNumbers, print, out)) {
        return false;
      }
    }
  }
  return print_items(items, room, item, items.count, print, out);
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

void append_escaped(std::string_view text, std::string& out) {
  StringOutput output(out);
  print_escaped(text, output);
}

std::optional<std::uint64_t> print_lines(const ColumnLayout& layout, const PrintedItems& items,
                                         const TextRules& rules, const TextRoom& room) {
  base::StreamStage stage;
  StreamOutput out(stage, room.begin, room.size_bytes);
  bool fits = false;
  if (layout.column_count == 1 && !layout.has_variable()) {
    // The commonest results: one loop for each type of number.
    fits = visit_scalar(layout.types[0].code, [&]<class T>(std::type_identity<T>) {
      return print_numbers<T>(items, rules, room, out);
    });
  } else {
    const auto print = [&](std::uint64_t item, StreamOutput& to) {
      print_row(layout, items.columns, item, rules, to);
      to.put(rules.terminator);
    };
    fits = print_items(items, room, 0, items.count, print, out);
  }
  if (!fits) return std::nullopt;
  out.finish();
  return out.size_bytes();
}

}  // namespace forkmap::types
