// SPDX-License-Identifier: Apache-2.0
#include "core/types/parse_lines.hpp"

#include "core/types/parse_scalar.hpp"
#include "core/types/short_number.hpp"
#include "core/types/visit_scalar.hpp"

namespace forkmap::types {

namespace {

std::string_view line_at(const forkmap_column& lines, std::uint64_t item) noexcept {
  return {reinterpret_cast<const char*>(lines.bytes) + lines.starts[item],
          lines.ends[item] - lines.starts[item]};
}

template <class T>
bool parse_number(const char* begin, const char* end, T& value) noexcept {
  if constexpr (!std::is_same_v<T, bool> && !std::is_same_v<T, float>) {
    if (read_short(begin, end, value)) [[likely]]
      return true;
  }
  const std::string_view text(begin, static_cast<std::size_t>(end - begin));
  return parse_scalar(text, value) == ScalarText::value;
}

// Rows of one number, up to the first line that is none.
template <class T>
std::uint64_t parse_numbers(const forkmap_column& lines, std::uint64_t first, std::uint64_t count,
                            bool raw, T* values) noexcept {
  const char* const bytes = reinterpret_cast<const char*>(lines.bytes);
  for (std::uint64_t item = first; item < count; ++item) {
    const char* const begin = bytes + lines.starts[item];
    const char* end = bytes + lines.ends[item];
    if (!raw && begin != end && end[-1] == '\r') --end;
    if (!parse_number(begin, end, values[item])) return item;
  }
  return count;
}

}  // namespace

std::uint64_t parse_lines(const forkmap_column& lines, std::uint64_t first, std::uint64_t count,
                          const TextRules& rules, ParsedRows& rows, BadText& bad) {
  const ColumnLayout& layout = rows.layout;
  std::uint64_t item = first;
  // The commonest rows, without a look for columns: a number never contains a TAB.
  if (layout.column_count == 1 && !layout.has_variable() && rules.delimiter == '\t') {
    item = visit_scalar(layout.types[0].code, [&]<class T>(std::type_identity<T>) {
      return parse_numbers(lines, first, count, rules.raw,
                           reinterpret_cast<T*>(rows.base + layout.offsets_bytes[0]));
    });
  }
  for (; item < count; ++item) {
    if (parse_row(line_at(lines, item), rules, layout, rows.base, item, rows.bytes_used,
                  rows.bytes_capacity, bad) != ParseOutcome::row) {
      return item;
    }
  }
  return count;
}

bool lines_are_arguments(const forkmap_column& lines, std::uint64_t count, const TextRules& rules,
                         const ColumnLayout& layout) noexcept {
  const std::uint32_t code = layout.types[0].code;
  if (layout.column_count != 1 || (code != FORKMAP_STR && code != FORKMAP_BYTES)) return false;
  if (rules.raw) return true;
  for (std::uint64_t item = 0; item < count; ++item) {
    if (lines.ends[item] != lines.starts[item] && lines.bytes[lines.ends[item] - 1] == '\r') {
      return false;
    }
  }
  return true;
}

}  // namespace forkmap::types
