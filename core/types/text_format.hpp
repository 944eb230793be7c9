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
  char delimiter = '\t';   // kBlankRuns: any number of blanks and TABs, also around the line
  char terminator = '\n';  // '\0' with -0
  // A CR before the line end is dropped, text results are escaped; both off with -0.
  bool raw = false;
};

struct BadText {
  std::uint32_t column = 0;  // from 0; the arity fault names the first missing or extra column
  std::string
      reason;  // "\"x\" is not an i64", "2 columns, wants 1"; elements of arrays count from 1
};

enum class ParseOutcome : std::uint8_t {
  row,   // the item is in the columns
  bad,   // the text is no row of these types; `bad` says why
  full,  // the bytes area has no room for it
};

// Splits one item's text (without its terminator) at the delimiter and appends one row to the
// columns at `base` (laid out by `layout`, part inputs) as item `item`. `bytes_used` is the fill of
// its bytes area, of `bytes_capacity` bytes; it grows only with `row`. What lies behind it is
// undefined otherwise.
//
//   integers      decimal digits, '-' first where the type is signed
//   f32, f64      decimal or scientific, "inf", "infinity", "nan" in any case; no hexadecimal. What
//   is
//                 too small for the type is out of its range, like what is too large
//   bool          true, false, 1, 0
//   arrays        elements with ',' between them; empty text is an empty array
//   str, bytes    as they are; alone, they take the whole line, delimiters included
//
// Blanks around a number and a '+' before it are passed over, and an exponent may be Fortran's D;
// of texts nothing is. An empty line is one column of empty text.
[[nodiscard]] ParseOutcome parse_row(std::string_view line, const TextRules& rules,
                                     const ColumnLayout& layout, std::byte* base,
                                     std::uint64_t item, std::uint64_t& bytes_used,
                                     std::uint64_t bytes_capacity, BadText& bad);

// Appends the text of one item's results, columns joined with a TAB, without the terminator. Floats
// are the shortest text that reads back as the same value (every NaN is "nan"); text and bytes are
// escaped \n \t \r \\ unless raw; no column gives "".
void format_row(const ColumnLayout& layout, const forkmap_column* columns, std::uint64_t item,
                const TextRules& rules, std::string& out);

// Text that is no result, escaped as results are: \n \t \r \\.
void append_escaped(std::string_view text, std::string& out);

// Items [0, count) of result columns.
struct PrintedItems {
  const forkmap_column* columns = nullptr;
  const unsigned char* status = nullptr;
  std::uint64_t count = 0;
};

// Memory for printed lines, and for the end of each item's line unless `ends` is null.
struct TextRoom {
  char* begin = nullptr;
  std::uint64_t size_bytes = 0;
  std::uint64_t* ends = nullptr;
};

// Prints the items that have a value as format_row() does, each with the terminator behind it;
// others have no line. Returns the bytes of all lines, or nothing if the room was too small (a
// number may want room for the longest one).
[[nodiscard]] std::optional<std::uint64_t> print_lines(const ColumnLayout& layout,
                                                       const PrintedItems& items,
                                                       const TextRules& rules,
                                                       const TextRoom& room);

// As format_row(), of one value; used by JSON output, the shell and messages.
void format_value(Type type, const forkmap_column& column, std::uint64_t item, bool raw,
                  std::string& out);

}  // namespace forkmap::types
