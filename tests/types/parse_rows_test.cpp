// SPDX-License-Identifier: Apache-2.0
//
// Lines to rows: columns, line ends, blank lines, room.
#include "tests/catch.hpp"
#include "tests/types/parsed_table.hpp"

using namespace forkmap::types;

namespace {

constexpr TextRules kRaw{.delimiter = '\t', .terminator = '\0', .raw = true};

std::string reason_for(std::string_view type, std::string_view line) {
  return ParsedTable(type).reason(line);
}

}  // namespace

TEST_CASE("a lone str or bytes takes the whole line, tabs and delimiters included") {
  for (const char* type : {"str", "bytes"}) {
    ParsedTable table(type);
    REQUIRE(table.parse("a\tb\tc") == ParseOutcome::row);
    REQUIRE(table.parse("a,b", {.delimiter = ','}) == ParseOutcome::row);
    REQUIRE(table.parse("  spaces \\t ") == ParseOutcome::row);
    CHECK(table.text(0) == "a\tb\tc");
    CHECK(table.text(1) == "a,b");
    CHECK(table.text(2) == "  spaces \\t ");
  }
}

TEST_CASE("bytes go in as they are, whatever they are") {
  ParsedTable table("str");
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  REQUIRE(table.parse(all, kRaw) == ParseOutcome::row);
  CHECK(table.text(0) == all);
}

TEST_CASE("several columns are split at the delimiter") {
  ParsedTable table("i64,str,f64[],bool");
  REQUIRE(table.parse("1\ttext here\t1.5,2\ttrue") == ParseOutcome::row);
  REQUIRE(table.parse("2\t\t\t0") == ParseOutcome::row);
  REQUIRE(table.parse("3;a\tb;7;1", {.delimiter = ';'}) == ParseOutcome::row);
  CHECK(table.value<std::int64_t>(0) == 1);
  CHECK(table.text(0, 1) == "text here");
  CHECK(table.array<double>(0, 2) == std::vector<double>{1.5, 2});
  CHECK(table.value<unsigned char>(0, 3) == 1);
  CHECK(table.text(1, 1).empty());
  CHECK(table.array<double>(1, 2).empty());
  CHECK(table.text(2, 1) == "a\tb");
  CHECK(table.array<double>(2, 2) == std::vector<double>{7});
}

TEST_CASE("another number of columns is bad, and names the first missing or extra one") {
  ParsedTable two("i64,i64");
  CHECK(two.reason("1") == "1 column, wants 2");
  CHECK(two.bad.column == 1);
  CHECK(two.reason("1\t2\t3") == "3 columns, wants 2");
  CHECK(two.bad.column == 2);
  CHECK(two.reason("1\t2\t") == "3 columns, wants 2");
  CHECK(two.reason("") == "1 column, wants 2");
  ParsedTable one("i64");
  CHECK(one.reason("1\t2") == "2 columns, wants 1");
  CHECK(one.bad.column == 1);
  CHECK(one.reason("1,2", {.delimiter = ','}) == "2 columns, wants 1");
  ParsedTable array("i64[]");
  CHECK(array.reason("1\t2") == "2 columns, wants 1");
  CHECK(one.reason(std::string(5000, '\t')) == "5001 columns, wants 1");
}

TEST_CASE("the column of a bad text is named, the first from the left") {
  ParsedTable table("i64,f64,bool");
  CHECK(table.reason("1\tx\ty") == "\"x\" is not an f64");
  CHECK(table.bad.column == 1);
  CHECK(table.reason("1\t2\tmaybe") == "\"maybe\" is not a bool");
  CHECK(table.bad.column == 2);
}

TEST_CASE("a delimiter that occurs in numbers still separates columns") {
  ParsedTable table("f64");
  CHECK(table.reason("1.5", {.delimiter = '.'}) == "2 columns, wants 1");
  ParsedTable two("i64,i64");
  REQUIRE(two.parse("1-2", {.delimiter = '-'}) == ParseOutcome::row);
  CHECK(two.value<std::int64_t>(0, 1) == 2);
}

TEST_CASE("one CR before the line end is dropped, unless raw") {
  ParsedTable numbers("i64");
  REQUIRE(numbers.parse("5\r") == ParseOutcome::row);
  CHECK(numbers.value<std::int64_t>(0) == 5);
  CHECK(numbers.reason("5\r", kRaw) == "\"5\\r\" is not an i64");
  CHECK(numbers.reason("5\r\r") == "\"5\\r\" is not an i64");
  ParsedTable text("str");
  REQUIRE(text.parse("a\rb\r\r") == ParseOutcome::row);
  REQUIRE(text.parse("a\r", kRaw) == ParseOutcome::row);
  REQUIRE(text.parse("\r") == ParseOutcome::row);
  CHECK(text.text(0) == "a\rb\r");
  CHECK(text.text(1) == "a\r");
  CHECK(text.text(2).empty());
  ParsedTable two("i64,str");
  REQUIRE(two.parse("1\tx\r") == ParseOutcome::row);
  CHECK(two.text(0, 1) == "x");
}

TEST_CASE("a blank line is empty text, bytes or array, and bad for anything else") {
  for (const char* type : {"str", "bytes", "i64[]"}) {
    ParsedTable table(type);
    REQUIRE(table.parse("") == ParseOutcome::row);
    CHECK(table.items == 1);
    CHECK(table.used == 0);
  }
  CHECK(reason_for("i64", "") == "\"\" is not an i64");
  CHECK(reason_for("f64", "") == "\"\" is not an f64");
  CHECK(reason_for("bool", "") == "\"\" is not a bool");
}

TEST_CASE("a bad row leaves the rows before it and the place of the next one as they were") {
  ParsedTable table("str,i64");
  REQUIRE(table.parse("first\t1") == ParseOutcome::row);
  CHECK(table.reason("a very long text that is dropped\tx") == "\"x\" is not an i64");
  REQUIRE(table.parse("second\t2") == ParseOutcome::row);
  CHECK(table.text(0) == "first");
  CHECK(table.text(1) == "second");
  CHECK(table.value<std::int64_t>(1, 1) == 2);
  CHECK(table.used == 11);
}

TEST_CASE("a row that does not fit behind the others is full, to its last byte") {
  ParsedTable table("str", 10);
  REQUIRE(table.parse("1234567") == ParseOutcome::row);
  CHECK(table.parse("1234") == ParseOutcome::full);
  CHECK(table.used == 7);
  REQUIRE(table.parse("123") == ParseOutcome::row);
  CHECK(table.used == 10);
  CHECK(table.parse("1") == ParseOutcome::full);
  REQUIRE(table.parse("") == ParseOutcome::row);
}

TEST_CASE("padding before an array counts towards the room, also of an empty one") {
  ParsedTable table("str,i64[]", 16);
  CHECK(table.parse("123456789\t5") == ParseOutcome::full);
  CHECK(table.used == 0);
  REQUIRE(table.parse("12345678\t5") == ParseOutcome::row);
  CHECK(table.used == 16);
  ParsedTable narrow("str,i64[]", 10);
  CHECK(narrow.parse("123456789\t") == ParseOutcome::full);
  REQUIRE(narrow.parse("1\t") == ParseOutcome::row);
  CHECK(narrow.used == 8);
}

TEST_CASE("arrays are aligned behind text of any length, row after row") {
  ParsedTable table("str,f64[],u8[],i32[]");
  REQUIRE(table.parse("x\t1,2\t1\t7") == ParseOutcome::row);
  REQUIRE(table.parse("xyz\t\t1,2,3\t8,9") == ParseOutcome::row);
  REQUIRE(table.parse("\t3\t\t") == ParseOutcome::row);
  CHECK(table.text(0) == "x");
  CHECK(table.text(1) == "xyz");
  CHECK(table.text(2).empty());
  CHECK(table.array<double>(0, 1) == std::vector<double>{1, 2});
  CHECK(table.array<double>(1, 1).empty());
  CHECK(table.array<double>(2, 1) == std::vector<double>{3});
  CHECK(table.array<std::uint8_t>(1, 2) == std::vector<std::uint8_t>{1, 2, 3});
  CHECK(table.array<std::int32_t>(0, 3) == std::vector<std::int32_t>{7});
  CHECK(table.array<std::int32_t>(1, 3) == std::vector<std::int32_t>{8, 9});
  CHECK(table.array<std::int32_t>(2, 3).empty());
}

TEST_CASE("sixteen columns are read") {
  std::string types = "u8";
  std::string line = "0";
  for (int i = 1; i < 16; ++i) {
    types += ",u8";
    line += "\t" + std::to_string(i);
  }
  ParsedTable table(types);
  REQUIRE(table.parse(line) == ParseOutcome::row);
  for (std::size_t column = 0; column < 16; ++column) {
    CHECK(table.value<std::uint8_t>(0, column) == column);
  }
}
