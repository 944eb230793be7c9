// SPDX-License-Identifier: Apache-2.0
//
// Text rules of the command (lines to columns, columns to lines), one place for both directions.
#pragma once

#include <forkmap/plugin.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/types/column_layout.hpp"
#include "core/types/signature.hpp"

namespace forkmap::types {

struct TextRules {
  char delimiter = '\t';
  char terminator = '\n';  // '\0' with -0
  // A CR before the line end is dropped, text results are escaped; both off with -0.
  bool raw = false;
};

struct BadText {
  std::uint32_t column;  // counted from 0; the arity fault names the first missing or extra column
  std::string reason;    // "\"x\" is not an i64", "2 columns, wants 1"; long texts are cut
};

// Splits one item's text and appends one row to the columns at `base` (laid out by `layout`, part
// inputs) as item `item`. `bytes_used` is the fill of its bytes area, of `bytes_capacity` bytes.
// Forms: COMMAND.md. Nothing is written past the fill when it fails.
enum class ParseOutcome : std::uint8_t { row, bad, full };
[[nodiscard]] ParseOutcome parse_row(std::string_view line, const TextRules& rules,
                                     const ColumnLayout& layout, std::byte* base, std::uint64_t item,
                                     std::uint64_t& bytes_used, std::uint64_t bytes_capacity,
                                     BadText& bad);

// Appends the text of one item's results, columns joined with a TAB, without the terminator.
// Floats: shortest round trip; text and bytes are escaped unless raw; no column gives "".
void format_row(const ColumnLayout& layout, const forkmap_column* columns, std::uint64_t item,
                const TextRules& rules, std::string& out);

// The same for one value; used by JSON output, the shell and messages.
void format_value(Type type, const forkmap_column& column, std::uint64_t item, bool raw,
                  std::string& out);

}  // namespace forkmap::types
