// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>
#include <utility>

#include "core/base/check.hpp"
#include "core/types/blank_runs.hpp"
#include "core/types/parse_scalar.hpp"
#include "core/types/quoted_text.hpp"
#include "core/types/text_format.hpp"
#include "core/types/visit_scalar.hpp"

namespace forkmap::types {

namespace {

using Fields = std::array<std::string_view, FORKMAP_MAX_COLUMNS>;

// Where one row goes.
struct Row {
  const ColumnLayout& layout;
  std::byte* base;
  std::uint64_t item;
  std::uint64_t fill_bytes;
  std::uint64_t capacity_bytes;

  template <class T>
  [[nodiscard]] T* column(std::size_t index) const noexcept {
    return reinterpret_cast<T*>(base + layout.offsets_bytes[index]);
  }
  // Room for a variable value of column `index`; null if there is none.
  [[nodiscard]] std::byte* append(std::size_t index, std::uint64_t size_bytes,
                                  std::uint32_t element) noexcept {
    const std::uint64_t begin = aligned_start(fill_bytes, element);
    if (begin > capacity_bytes || size_bytes > capacity_bytes - begin) return nullptr;
    fill_bytes = begin + size_bytes;
    column<std::uint64_t>(index)[item + 1] = fill_bytes;
    return base + layout.bytes_offset_bytes + begin;
  }
};

std::string fault_text(ScalarText fault, std::string_view text, Type type) {
  const std::string name(name_of_scalar(type));
  if (fault == ScalarText::out_of_range) {
    const std::string shown = quoted(text);
    const bool whole = shown.size() == text.size() + 2;
    return (whole ? std::string(text) : shown) + " is not in the range of " + name;
  }
  const bool vowel = name.starts_with('i') || name.starts_with('f');  // "an i64", "an f64"
  return quoted(text) + " is not " + (vowel ? "an " : "a ") + name;
}

// Long enough for any number that is not padded with zeros.
constexpr std::size_t kMostPlainBytes = 400;
using PlainRoom = std::array<char, kMostPlainBytes>;

// What forkmap itself does not write: blanks around a number, a '+' before it, Fortran's D for an
// exponent. The same text if there is nothing of that.
std::string_view plain_number(std::string_view text, bool is_float, PlainRoom& room) noexcept {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  constexpr std::string_view kBeginnings = "0123456789.iInN";
  if (text.size() > 1 && text[0] == '+' && kBeginnings.find(text[1]) != std::string_view::npos) {
    text.remove_prefix(1);
  }
  const std::size_t exponent = is_float ? text.find_first_of("dD") : std::string_view::npos;
  // "nan" and "inf" have none; in "1d" nothing stands behind it, as in "1e".
  if (exponent == std::string_view::npos || exponent == 0 || text.size() > room.size()) return text;
  std::memcpy(room.data(), text.data(), text.size());
  room[exponent] = 'e';
  return {room.data(), text.size()};
}

template <class T>
ScalarText read_scalar(std::string_view text, T& value) noexcept {
  const ScalarText read = parse_scalar(text, value);
  if (read != ScalarText::no_value) [[likely]]
    return read;
  PlainRoom room;
  const std::string_view plain = plain_number(text, std::is_floating_point_v<T>, room);
  return plain == text ? read : parse_scalar(plain, value);
}

ParseOutcome parse_array(std::string_view text, std::size_t column, Row& row, BadText& bad) {
  const Type element = row.layout.types[column].element();
  return visit_scalar(element.code, [&]<class T>(std::type_identity<T>) {
    std::uint64_t count = 0;
    if (!text.empty()) {
      count = 1 + static_cast<std::uint64_t>(std::count(text.begin(), text.end(), ','));
    }
    auto* const values =
        reinterpret_cast<T*>(row.append(column, count * sizeof(T), std::uint32_t{sizeof(T)}));
    if (values == nullptr) return ParseOutcome::full;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::size_t comma = text.find(',');
      const std::string_view part = text.substr(0, comma);
      T value{};
      if (const ScalarText read = read_scalar(part, value); read != ScalarText::value) {
        bad.column = static_cast<std::uint32_t>(column);
        bad.reason = "element " + std::to_string(i + 1) + ": " + fault_text(read, part, element);
        return ParseOutcome::bad;
      }
      values[i] = value;
      text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
    return ParseOutcome::row;
  });
}

ParseOutcome parse_bytes(std::string_view text, std::size_t column, Row& row) {
  std::byte* const place = row.append(column, text.size(), 1);
  if (place == nullptr) return ParseOutcome::full;
  if (!text.empty()) std::memcpy(place, text.data(), text.size());
  return ParseOutcome::row;
}

ParseOutcome parse_fixed(std::string_view text, std::size_t column, Row& row, BadText& bad) {
  const Type type = row.layout.types[column];
  return visit_scalar(type.code, [&]<class T>(std::type_identity<T>) {
    const ScalarText read = read_scalar(text, row.column<T>(column)[row.item]);
    if (read == ScalarText::value) return ParseOutcome::row;
    bad.column = static_cast<std::uint32_t>(column);
    bad.reason = fault_text(read, text, type);
    return ParseOutcome::bad;
  });
}

ParseOutcome parse_column(std::string_view text, std::size_t column, Row& row, BadText& bad) {
  const Type type = row.layout.types[column];
  if (!type.is_variable()) return parse_fixed(text, column, row, bad);
  if (type.is_array()) return parse_array(text, column, row, bad);
  return parse_bytes(text, column, row);
}

// Splits the line into exactly `wanted` fields; false, with the reason, if it has another number.
bool split(std::string_view line, char delimiter, std::size_t wanted, Fields& fields,
           BadText& bad) {
  std::size_t count = 0;
  while (delimiter == kBlankRuns) {
    const auto field = next_field(line);
    if (!field) break;
    if (count < wanted) fields[count] = *field;
    ++count;
  }
  while (delimiter != kBlankRuns) {
    const std::size_t end = line.find(delimiter);
    if (count < wanted) fields[count] = line.substr(0, end);
    ++count;
    if (end == std::string_view::npos) break;
    line.remove_prefix(end + 1);
  }
  if (count == wanted) return true;
  bad.column = static_cast<std::uint32_t>(std::min(count, wanted));
  bad.reason = std::to_string(count) + (count == 1 ? " column" : " columns") + ", wants " +
               std::to_string(wanted);
  return false;
}

bool takes_whole_line(const ColumnLayout& layout) noexcept {
  const std::uint32_t code = layout.types[0].code;
  return layout.column_count == 1 && (code == FORKMAP_STR || code == FORKMAP_BYTES);
}

// The commonest rows, without a look for columns: a number never contains a TAB.
bool parse_lone_number(std::string_view line, const Row& row) noexcept {
  switch (row.layout.types[0].code) {
    case FORKMAP_I64:
      return parse_scalar(line, row.column<std::int64_t>(0)[row.item]) == ScalarText::value;
    case FORKMAP_F64:
      return parse_scalar(line, row.column<double>(0)[row.item]) == ScalarText::value;
    default:
      return false;
  }
}

}  // namespace

ParseOutcome parse_row(std::string_view line, const TextRules& rules, const ColumnLayout& layout,
                       std::byte* base, std::uint64_t item, std::uint64_t& bytes_used,
                       std::uint64_t bytes_capacity, BadText& bad) {
  FORKMAP_CHECK(item < layout.capacity_items && layout.column_count > 0);
  if (!rules.raw && line.ends_with('\r')) line.remove_suffix(1);
  Row row{layout, base, item, bytes_used, bytes_capacity};
  if (layout.column_count == 1 && rules.delimiter == '\t' && parse_lone_number(line, row)) {
    return ParseOutcome::row;
  }

  Fields fields;
  if (takes_whole_line(layout)) {
    fields[0] = line;
  } else if (!split(line, rules.delimiter, layout.column_count, fields, bad)) {
    return ParseOutcome::bad;
  }
  if (item == 0) begin_columns(layout, base);
  for (std::size_t column = 0; column < layout.column_count; ++column) {
    const ParseOutcome outcome = parse_column(fields[column], column, row, bad);
    if (outcome != ParseOutcome::row) return outcome;
  }
  bytes_used = row.fill_bytes;
  return ParseOutcome::row;
}

}  // namespace forkmap::types
