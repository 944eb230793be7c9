// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/types/text_format.hpp"

namespace forkmap::types {

// Argument columns that lines are parsed into.
struct ParsedRows {
  const ColumnLayout& layout;
  std::byte* base;
  std::uint64_t bytes_used = 0;
  std::uint64_t bytes_capacity = 0;
};

// Parses lines [first, count) of a `str` column as parse_row() does, each into the row of its
// number, up to the first that is no row. Returns the number of that line, with `bad` (unless the
// rows were full), or `count`.
//
// The lines have at least kReadableBytesBefore readable bytes before the first of them.
[[nodiscard]] std::uint64_t parse_lines(const forkmap_column& lines, std::uint64_t first,
                                        std::uint64_t count, const TextRules& rules,
                                        ParsedRows& rows, BadText& bad);

// Whether the lines themselves are the one argument column of these types: a `str` or `bytes` that
// takes the whole line, and no line has a CR to be dropped. Nothing needs to be parsed then.
[[nodiscard]] bool lines_are_arguments(const forkmap_column& lines, std::uint64_t count,
                                       const TextRules& rules, const ColumnLayout& layout) noexcept;

}  // namespace forkmap::types
