// SPDX-License-Identifier: Apache-2.0
//
// Many lines at once give what each gives alone: the fast ways against the general one.
#include "core/types/parse_lines.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "core/types/short_number.hpp"
#include "core/types/visit_scalar.hpp"
#include "tests/catch.hpp"
#include "tests/types/chunk_on_buffer.hpp"

using namespace forkmap::types;
using namespace std::string_literals;

namespace {

using Lines = std::vector<std::string>;
constexpr std::uint64_t kBytesCapacity = 1 << 16;

// A `str` column of lines, laid out as in an input window.
class LineColumn {
 public:
  explicit LineColumn(const Lines& lines)
      : layout_(layout_columns(Part::inputs, kTypes, lines.size())),
        stretch_(layout_.bytes_offset_bytes + size_of(lines)) {
    begin_columns(layout_, stretch_.base());
    argument_columns(layout_, stretch_.base(), &column);
    std::byte* const bytes = stretch_.base() + layout_.bytes_offset_bytes;
    std::uint64_t fill = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (!lines[i].empty()) std::memcpy(bytes + fill, lines[i].data(), lines[i].size());
      fill += lines[i].size();
      close_row(layout_, stretch_.base(), i, fill);
    }
  }
  forkmap_column column{};

 private:
  static constexpr std::array kTypes = {Type{FORKMAP_STR}};
  static std::uint64_t size_of(const Lines& lines) {
    std::uint64_t size = 0;
    for (const std::string& line : lines) size += line.size();
    return size;
  }
  ColumnLayout layout_;
  Stretch stretch_;
};

// Columns of arguments for so many rows.
struct Table {
  Table(const std::vector<Type>& types, std::uint64_t items)
      : layout(layout_columns(Part::inputs, types, items)),
        stretch(layout.bytes_offset_bytes + kBytesCapacity) {
    std::memset(stretch.base(), 0, layout.bytes_offset_bytes + kBytesCapacity);
    begin_columns(layout, stretch.base());
  }
  ColumnLayout layout;
  Stretch stretch;
};

// What became of each line: "" for a row, else the reason; and the fill of the bytes area.
struct Parsed {
  Lines reasons;
  std::vector<std::uint32_t> columns;
  std::uint64_t bytes_used = 0;
  friend bool operator==(const Parsed&, const Parsed&) = default;
};

Parsed parse_each(const Lines& lines, const TextRules& rules, Table& table) {
  Parsed parsed;
  for (std::size_t item = 0; item < lines.size(); ++item) {
    BadText bad;
    const ParseOutcome outcome = parse_row(lines[item], rules, table.layout, table.stretch.base(),
                                           item, parsed.bytes_used, kBytesCapacity, bad);
    parsed.reasons.push_back(outcome == ParseOutcome::row ? "" : bad.reason);
    parsed.columns.push_back(bad.column);
    if (outcome != ParseOutcome::row) {
      close_row(table.layout, table.stretch.base(), item, parsed.bytes_used);
    }
  }
  return parsed;
}

Parsed parse_all(const Lines& lines, const TextRules& rules, Table& table) {
  const LineColumn column(lines);
  ParsedRows rows{table.layout, table.stretch.base(), 0, kBytesCapacity};
  Parsed parsed;
  for (std::uint64_t item = 0; item < lines.size(); ++item) {
    BadText bad;
    const std::uint64_t end = parse_lines(column.column, item, lines.size(), rules, rows, bad);
    REQUIRE(end >= item);
    parsed.reasons.resize(end);
    parsed.columns.resize(end);
    item = end;
    if (end == lines.size()) break;
    parsed.reasons.push_back(bad.reason);
    parsed.columns.push_back(bad.column);
    close_row(table.layout, table.stretch.base(), end, rows.bytes_used);
  }
  parsed.bytes_used = rows.bytes_used;
  return parsed;
}

void check_same(const Lines& lines, const TextRules& rules, const std::vector<Type>& types) {
  Table one_by_one(types, lines.size());
  Table at_once(types, lines.size());
  const Parsed wanted = parse_each(lines, rules, one_by_one);
  const Parsed seen = parse_all(lines, rules, at_once);
  CHECK(seen == wanted);
  CHECK(at_once.stretch.is_intact());
  // Rows of bad lines are undefined.
  for (std::size_t item = 0; item < lines.size(); ++item) {
    if (!wanted.reasons[item].empty()) continue;
    for (std::size_t column = 0; column < types.size(); ++column) {
      if (types[column].is_variable()) continue;
      const std::uint64_t size = element_bytes(types[column]);
      const std::uint64_t at = at_once.layout.offsets_bytes[column] + item * size;
      INFO(lines[item]);
      REQUIRE(std::memcmp(at_once.stretch.base() + at, one_by_one.stretch.base() + at, size) == 0);
    }
  }
}

constexpr std::array kNumberCodes = {FORKMAP_BOOL, FORKMAP_I8,  FORKMAP_I16, FORKMAP_I32,
                                     FORKMAP_I64,  FORKMAP_U8,  FORKMAP_U16, FORKMAP_U32,
                                     FORKMAP_U64,  FORKMAP_F32, FORKMAP_F64};

const Lines kEdges = {"0",
                      "-0",
                      "+1",
                      "",
                      " 1",
                      "1 ",
                      "1\r",
                      "\r",
                      "1\r\r",
                      "--1",
                      "-",
                      "+",
                      "-\r",
                      "007",
                      "-007",
                      "00000000000000000000000000012",
                      "127",
                      "128",
                      "-128",
                      "-129",
                      "255",
                      "256",
                      "32767",
                      "-32768",
                      "65535",
                      "65536",
                      "2147483647",
                      "-2147483648",
                      "4294967295",
                      "4294967296",
                      "9223372036854775807",
                      "9223372036854775808",
                      "-9223372036854775808",
                      "-9223372036854775809",
                      "18446744073709551615",
                      "18446744073709551616",
                      "99999999",
                      "100000000",
                      "9999999999999999",
                      "10000000000000000",
                      "-9999999999999999",
                      "1234567a",
                      "a2345678",
                      "1234567890123456/",
                      "12345678:0123456",
                      "1\t2",
                      "\t",
                      "1.",
                      ".5",
                      "-.5",
                      "0.5",
                      "-0.0",
                      "1.5e3",
                      "1e400",
                      "1e-400",
                      "1.5.2",
                      "1,5",
                      "0.1",
                      "0.30000000000000004",
                      "9007199254740993",
                      "9007199254740992",
                      "9007199254740993.0",
                      "900719925474099.3",
                      "123456.789012345",
                      "1234567890.12345678",
                      "0.000000000000001",
                      "0.00000000000000001",
                      "nan",
                      "-nan",
                      "inf",
                      "-inf",
                      "Infinity",
                      "true",
                      "false",
                      "1x",
                      "0x10",
                      "1\0"s,
                      "\xff",
                      "1_000",
                      "12345678901234567",
                      "1234567.8-",
                      "-1.-5",
                      "1.5\r",
                      "1.+5",
                      "1e5",
                      "1E5",
                      "1.7976931348623157e308",
                      "5e-324",
                      "4.9e-324"};

}  // namespace

TEST_CASE("numbers at the edges are read as when they stand alone") {
  for (const std::uint32_t code : kNumberCodes) {
    for (const bool raw : {false, true}) {
      check_same(kEdges, {.raw = raw}, {Type{code}});
    }
  }
}

TEST_CASE("other delimiters and other columns take the general way") {
  const Lines lines = {"1.5", "1;2", "1;2;3", "", ";", "-1", "x;1", "1;x", "7;8\r"};
  for (const char delimiter : {';', '.', '-', '\t', '5'}) {
    check_same(lines, {.delimiter = delimiter}, {Type{FORKMAP_F64}});
    check_same(lines, {.delimiter = delimiter}, {Type{FORKMAP_I64}, Type{FORKMAP_I64}});
    check_same(lines, {.delimiter = delimiter}, {Type{FORKMAP_STR}, Type{FORKMAP_I8}});
    check_same(lines, {.delimiter = delimiter}, {Type{FORKMAP_ARRAY | FORKMAP_F64}});
  }
}

TEST_CASE("random texts are read as when they stand alone") {
  std::mt19937_64 random(3);
  constexpr std::string_view kCharacters = "00112233445566778899..--+e \r\tinfa,";
  for (int round = 0; round < 400; ++round) {
    Lines lines(1 + random() % 200);
    for (std::string& line : lines) {
      // Digits mostly, so that many are numbers.
      const std::uint64_t choices = random() % 3 == 0 ? kCharacters.size() : 22;
      line.resize(random() % 24);
      for (char& c : line) c = kCharacters[random() % choices];
      if (random() % 4 == 0) line.insert(0, "-");
    }
    const std::uint32_t code = kNumberCodes[random() % kNumberCodes.size()];
    check_same(lines, {.raw = random() % 2 == 0}, {Type{code}});
  }
}

TEST_CASE("short numbers are what from_chars reads, to the last bit") {
  std::mt19937_64 random(4);
  std::array<char, 64> buffer{};
  buffer.fill('9');
  std::size_t read = 0;
  for (int round = 0; round < 300'000; ++round) {
    const std::uint64_t magnitude = random() >> (random() % 64);
    std::string text = std::to_string(magnitude);
    if (random() % 2 == 0) text.insert(random() % text.size() + 1, ".");
    if (random() % 3 == 0) text.insert(0, "-");
    std::memcpy(buffer.data() + kReadableBytesBefore, text.data(), text.size());
    const char* const begin = buffer.data() + kReadableBytesBefore;
    const char* const end = begin + text.size();
    double seen = 0;
    double wanted = 0;
    if (!read_short(begin, end, seen)) continue;
    const auto general = std::from_chars(begin, end, wanted);
    INFO(text);
    REQUIRE(general.ptr == end);
    REQUIRE(std::memcmp(&seen, &wanted, sizeof seen) == 0);
    ++read;
  }
  CHECK(read > 100'000);
}

TEST_CASE("lines are a text function's arguments as they are, unless a CR is to go") {
  const auto str = layout_columns(Part::inputs, std::array{Type{FORKMAP_STR}}, 3);
  const auto number = layout_columns(Part::inputs, std::array{Type{FORKMAP_I64}}, 3);
  const auto two =
      layout_columns(Part::inputs, std::array{Type{FORKMAP_STR}, Type{FORKMAP_STR}}, 3);
  const LineColumn plain({"a\tb", "", "c"});
  const LineColumn with_cr({"a", "", "b\r"});
  CHECK(lines_are_arguments(plain.column, 3, {}, str));
  CHECK_FALSE(lines_are_arguments(plain.column, 3, {}, number));
  CHECK_FALSE(lines_are_arguments(plain.column, 3, {}, two));
  CHECK_FALSE(lines_are_arguments(with_cr.column, 3, {}, str));
  CHECK(lines_are_arguments(with_cr.column, 2, {}, str));
  CHECK(lines_are_arguments(with_cr.column, 3, {.raw = true}, str));
}
