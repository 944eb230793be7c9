// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <limits>

#include "core/types/text_format.hpp"
#include "tests/catch.hpp"
#include "tests/types/chunk_on_buffer.hpp"

using namespace forkmap::types;

namespace {

constexpr std::uint64_t kItems = 4;
constexpr TextRules kRaw{.delimiter = '\t', .terminator = '\0', .raw = true};

// Columns of arguments that lines are parsed into.
class Table {
 public:
  explicit Table(std::string_view arguments, std::uint64_t bytes_capacity = 4096)
      : layout_(layout_columns(Part::inputs,
                               parse_signature("(" + std::string(arguments) + ") -> ()").arguments,
                               kItems)),
        stretch_(layout_.bytes_offset_bytes + bytes_capacity),
        capacity_(bytes_capacity) {
    argument_columns(layout_, stretch_.base(), columns_.data());
  }

  ParseOutcome parse(std::string_view line, TextRules rules = {}) {
    bad = BadText{};
    const ParseOutcome outcome =
        parse_row(line, rules, layout_, stretch_.base(), items, used, capacity_, bad);
    if (outcome == ParseOutcome::row) ++items;
    CHECK(stretch_.is_intact());
    return outcome;
  }
  // The reason why the line is bad.
  std::string reason(std::string_view line, TextRules rules = {}) {
    const std::uint64_t used_before = used;
    CHECK(parse(line, rules) == ParseOutcome::bad);
    CHECK(used == used_before);
    return bad.reason;
  }

  template <class T>
  [[nodiscard]] T value(std::uint64_t item, std::size_t column = 0) const {
    return static_cast<const T*>(columns_[column].values)[item];
  }
  [[nodiscard]] std::string text(std::uint64_t item, std::size_t column = 0) const {
    const forkmap_column& from = columns_[column];
    return std::string(reinterpret_cast<const char*>(from.bytes + from.starts[item]),
                       from.ends[item] - from.starts[item]);
  }
  template <class T>
  [[nodiscard]] std::vector<T> array(std::uint64_t item, std::size_t column = 0) const {
    const forkmap_column& from = columns_[column];
    const std::uint64_t begin = aligned_start(from.starts[item], sizeof(T));
    const auto* const first = reinterpret_cast<const T*>(from.bytes + begin);
    CHECK(reinterpret_cast<std::uintptr_t>(first) % alignof(T) == 0);
    return std::vector<T>(first, first + (from.ends[item] - begin) / sizeof(T));
  }

  std::uint64_t items = 0;
  std::uint64_t used = 0;
  BadText bad;

 private:
  ColumnLayout layout_;
  Stretch stretch_;
  std::uint64_t capacity_;
  std::array<forkmap_column, FORKMAP_MAX_COLUMNS> columns_{};
};

template <class T>
T parsed(std::string_view type, std::string_view line) {
  Table table(type);
  INFO("line " << line);
  REQUIRE(table.parse(line) == ParseOutcome::row);
  return table.value<T>(0);
}

std::string reason_for(std::string_view type, std::string_view line) {
  return Table(type).reason(line);
}

}  // namespace

TEST_CASE("integers of every type are read up to both ends of their range") {
  CHECK(parsed<std::int8_t>("i8", "-128") == -128);
  CHECK(parsed<std::int8_t>("i8", "127") == 127);
  CHECK(parsed<std::int16_t>("i16", "-32768") == -32768);
  CHECK(parsed<std::int32_t>("i32", "2147483647") == 2147483647);
  CHECK(parsed<std::int64_t>("i64", "-9223372036854775808") ==
        std::numeric_limits<std::int64_t>::min());
  CHECK(parsed<std::int64_t>("i64", "9223372036854775807") ==
        std::numeric_limits<std::int64_t>::max());
  CHECK(parsed<std::uint8_t>("u8", "255") == 255);
  CHECK(parsed<std::uint16_t>("u16", "65535") == 65535);
  CHECK(parsed<std::uint32_t>("u32", "4294967295") == 4294967295u);
  CHECK(parsed<std::uint64_t>("u64", "18446744073709551615") ==
        std::numeric_limits<std::uint64_t>::max());
  CHECK(parsed<std::int64_t>("i64", "-0") == 0);
  CHECK(parsed<std::int64_t>("i64", "007") == 7);
}

TEST_CASE("an integer out of range is bad and says range") {
  CHECK(reason_for("i8", "300") == "300 is not in the range of i8");
  CHECK(reason_for("i8", "-129") == "-129 is not in the range of i8");
  CHECK(reason_for("u8", "256") == "256 is not in the range of u8");
  CHECK(reason_for("u8", "-1") == "-1 is not in the range of u8");
  CHECK(reason_for("i64", "9223372036854775808") ==
        "9223372036854775808 is not in the range of i64");
  CHECK(reason_for("u64", "18446744073709551616") ==
        "18446744073709551616 is not in the range of u64");
  CHECK(reason_for("i64", std::string(100, '9')) ==
        "\"" + std::string(60, '9') + "\"... (cut) is not in the range of i64");
}

TEST_CASE("text that is no integer is bad, as a whole") {
  for (const char* text : {"", " ", "x", "1x", "1 ", " 1", "+1", "--1", "-", "1.0", "1e3", "0x10",
                           "1_000", "99999999999999999999x",
                           "\xc2\xa0"
                           "1"}) {
    INFO("text '" << text << "'");
    CHECK(reason_for("i64", text).ends_with("is not an i64"));
  }
  CHECK(reason_for("i64", "x") == "\"x\" is not an i64");
  CHECK(reason_for("u8", "-0") == "\"-0\" is not a u8");
  CHECK(reason_for("i16", "a\"b\x01") == "\"a\\\"b\\x01\" is not an i16");
  CHECK(reason_for("u32", std::string(1000, 'z')) ==
        "\"" + std::string(60, 'z') + "\"... (cut) is not a u32");
}

TEST_CASE("floats are read in decimal and scientific form, with infinities and nan") {
  CHECK(parsed<double>("f64", "0.1") == 0.1);
  CHECK(parsed<double>("f64", "-1.5e-3") == -0.0015);
  CHECK(parsed<double>("f64", "1E5") == 1e5);
  CHECK(parsed<double>("f64", "7") == 7.0);
  CHECK(parsed<double>("f64", ".5") == 0.5);
  CHECK(parsed<double>("f64", "5.") == 5.0);
  CHECK(std::signbit(parsed<double>("f64", "-0")));
  for (const char* text : {"inf", "INF", "Inf", "infinity", "Infinity"}) {
    CHECK(parsed<double>("f64", text) == std::numeric_limits<double>::infinity());
  }
  CHECK(parsed<double>("f64", "-inf") == -std::numeric_limits<double>::infinity());
  for (const char* text : {"nan", "NaN", "NAN", "-nan"})
    CHECK(std::isnan(parsed<double>("f64", text)));
  CHECK(parsed<float>("f32", "0.1") == 0.1f);
  CHECK(parsed<float>("f32", "-inf") == -std::numeric_limits<float>::infinity());
}

TEST_CASE("the smallest and largest floats are read exactly") {
  CHECK(parsed<double>("f64", "5e-324") == std::numeric_limits<double>::denorm_min());
  CHECK(parsed<double>("f64", "2.2250738585072014e-308") == std::numeric_limits<double>::min());
  CHECK(parsed<double>("f64", "2.225073858507201e-308") < std::numeric_limits<double>::min());
  CHECK(parsed<double>("f64", "1.7976931348623157e+308") == std::numeric_limits<double>::max());
  CHECK(parsed<float>("f32", "1e-45") == std::numeric_limits<float>::denorm_min());
  CHECK(parsed<float>("f32", "3.4028235e+38") == std::numeric_limits<float>::max());
  CHECK(parsed<double>("f64", "0.0000") == 0.0);
  CHECK(parsed<double>("f64", "0e-999") == 0.0);
}

TEST_CASE("a float too large or too small for its type is bad and says range") {
  CHECK(reason_for("f64", "1e999") == "1e999 is not in the range of f64");
  CHECK(reason_for("f64", "-1e309") == "-1e309 is not in the range of f64");
  CHECK(reason_for("f64", "1e-999") == "1e-999 is not in the range of f64");
  CHECK(reason_for("f32", "1e39") == "1e39 is not in the range of f32");
  CHECK(reason_for("f32", "1e-60") == "1e-60 is not in the range of f32");
}

TEST_CASE("text that is no float is bad, hexadecimal included") {
  for (const char* text : {"", "x", "0x10", "0x1p3", "1.5x", "1,5", " 1", "1 ", "+1", "e5", ".",
                           "-", "in", "infinit", "nanx", "1e"}) {
    INFO("text '" << text << "'");
    CHECK(reason_for("f64", text).ends_with("is not an f64"));
    CHECK(reason_for("f32", text).ends_with("is not an f32"));
  }
}

TEST_CASE("bool is true, false, 1 or 0, and nothing else") {
  CHECK(parsed<unsigned char>("bool", "true") == 1);
  CHECK(parsed<unsigned char>("bool", "1") == 1);
  CHECK(parsed<unsigned char>("bool", "false") == 0);
  CHECK(parsed<unsigned char>("bool", "0") == 0);
  for (const char* text : {"", "True", "TRUE", "yes", "2", "01", "true ", "t"}) {
    INFO("text '" << text << "'");
    CHECK(reason_for("bool", text).ends_with("is not a bool"));
  }
}

TEST_CASE("arrays are elements with commas between them; empty text is an empty array") {
  Table table("i64[]");
  REQUIRE(table.parse("1,-2,3") == ParseOutcome::row);
  REQUIRE(table.parse("") == ParseOutcome::row);
  REQUIRE(table.parse("4") == ParseOutcome::row);
  CHECK(table.array<std::int64_t>(0) == std::vector<std::int64_t>{1, -2, 3});
  CHECK(table.array<std::int64_t>(1).empty());
  CHECK(table.array<std::int64_t>(2) == std::vector<std::int64_t>{4});
}

TEST_CASE("arrays of every element type are read") {
  const auto read = [](std::string_view type, auto example) {
    Table table(std::string(type) + "[]");
    REQUIRE(table.parse("1,2") == ParseOutcome::row);
    using T = decltype(example);
    CHECK(table.array<T>(0) == std::vector<T>{T(1), T(2)});
  };
  read("i8", std::int8_t{});
  read("i16", std::int16_t{});
  read("i32", std::int32_t{});
  read("i64", std::int64_t{});
  read("u8", std::uint8_t{});
  read("u16", std::uint16_t{});
  read("u32", std::uint32_t{});
  read("u64", std::uint64_t{});
  read("f32", float{});
  read("f64", double{});
}

TEST_CASE("a bad element of an array is named by its number") {
  CHECK(reason_for("i64[]", "1,x,3") == "element 2: \"x\" is not an i64");
  CHECK(reason_for("i64[]", "1,,3") == "element 2: \"\" is not an i64");
  CHECK(reason_for("i64[]", "1,2,") == "element 3: \"\" is not an i64");
  CHECK(reason_for("i64[]", ",") == "element 1: \"\" is not an i64");
  CHECK(reason_for("i64[]", "1, 2") == "element 2: \" 2\" is not an i64");
  CHECK(reason_for("u8[]", "1,300") == "element 2: 300 is not in the range of u8");
  CHECK(reason_for("f64[]", "1;2") == "element 1: \"1;2\" is not an f64");
}

TEST_CASE("a lone str or bytes takes the whole line, tabs and delimiters included") {
  for (const char* type : {"str", "bytes"}) {
    Table table(type);
    REQUIRE(table.parse("a\tb\tc") == ParseOutcome::row);
    REQUIRE(table.parse("a,b", {.delimiter = ','}) == ParseOutcome::row);
    REQUIRE(table.parse("  spaces \\t ") == ParseOutcome::row);
    CHECK(table.text(0) == "a\tb\tc");
    CHECK(table.text(1) == "a,b");
    CHECK(table.text(2) == "  spaces \\t ");
  }
}

TEST_CASE("bytes go in as they are, whatever they are") {
  Table table("str");
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  REQUIRE(table.parse(all, kRaw) == ParseOutcome::row);
  CHECK(table.text(0) == all);
}

TEST_CASE("several columns are split at the delimiter") {
  Table table("i64,str,f64[],bool");
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
  Table two("i64,i64");
  CHECK(two.reason("1") == "1 column, wants 2");
  CHECK(two.bad.column == 1);
  CHECK(two.reason("1\t2\t3") == "3 columns, wants 2");
  CHECK(two.bad.column == 2);
  CHECK(two.reason("1\t2\t") == "3 columns, wants 2");
  CHECK(two.reason("") == "1 column, wants 2");
  Table one("i64");
  CHECK(one.reason("1\t2") == "2 columns, wants 1");
  CHECK(one.bad.column == 1);
  CHECK(one.reason("1,2", {.delimiter = ','}) == "2 columns, wants 1");
  Table array("i64[]");
  CHECK(array.reason("1\t2") == "2 columns, wants 1");
  CHECK(one.reason(std::string(5000, '\t')) == "5001 columns, wants 1");
}

TEST_CASE("the column of a bad text is named, the first from the left") {
  Table table("i64,f64,bool");
  CHECK(table.reason("1\tx\ty") == "\"x\" is not an f64");
  CHECK(table.bad.column == 1);
  CHECK(table.reason("1\t2\tmaybe") == "\"maybe\" is not a bool");
  CHECK(table.bad.column == 2);
}

TEST_CASE("a delimiter that occurs in numbers still separates columns") {
  Table table("f64");
  CHECK(table.reason("1.5", {.delimiter = '.'}) == "2 columns, wants 1");
  Table two("i64,i64");
  REQUIRE(two.parse("1-2", {.delimiter = '-'}) == ParseOutcome::row);
  CHECK(two.value<std::int64_t>(0, 1) == 2);
}

TEST_CASE("one CR before the line end is dropped, unless raw") {
  Table numbers("i64");
  REQUIRE(numbers.parse("5\r") == ParseOutcome::row);
  CHECK(numbers.value<std::int64_t>(0) == 5);
  CHECK(numbers.reason("5\r", kRaw) == "\"5\\r\" is not an i64");
  CHECK(numbers.reason("5\r\r") == "\"5\\r\" is not an i64");
  Table text("str");
  REQUIRE(text.parse("a\rb\r\r") == ParseOutcome::row);
  REQUIRE(text.parse("a\r", kRaw) == ParseOutcome::row);
  REQUIRE(text.parse("\r") == ParseOutcome::row);
  CHECK(text.text(0) == "a\rb\r");
  CHECK(text.text(1) == "a\r");
  CHECK(text.text(2).empty());
  Table two("i64,str");
  REQUIRE(two.parse("1\tx\r") == ParseOutcome::row);
  CHECK(two.text(0, 1) == "x");
}

TEST_CASE("a blank line is empty text, bytes or array, and bad for anything else") {
  for (const char* type : {"str", "bytes", "i64[]"}) {
    Table table(type);
    REQUIRE(table.parse("") == ParseOutcome::row);
    CHECK(table.items == 1);
    CHECK(table.used == 0);
  }
  CHECK(reason_for("i64", "") == "\"\" is not an i64");
  CHECK(reason_for("f64", "") == "\"\" is not an f64");
  CHECK(reason_for("bool", "") == "\"\" is not a bool");
}

TEST_CASE("a bad row leaves the rows before it and the place of the next one as they were") {
  Table table("str,i64");
  REQUIRE(table.parse("first\t1") == ParseOutcome::row);
  CHECK(table.reason("a very long text that is dropped\tx") == "\"x\" is not an i64");
  REQUIRE(table.parse("second\t2") == ParseOutcome::row);
  CHECK(table.text(0) == "first");
  CHECK(table.text(1) == "second");
  CHECK(table.value<std::int64_t>(1, 1) == 2);
  CHECK(table.used == 11);
}

TEST_CASE("a row that does not fit behind the others is full, to its last byte") {
  Table table("str", 10);
  REQUIRE(table.parse("1234567") == ParseOutcome::row);
  CHECK(table.parse("1234") == ParseOutcome::full);
  CHECK(table.used == 7);
  REQUIRE(table.parse("123") == ParseOutcome::row);
  CHECK(table.used == 10);
  CHECK(table.parse("1") == ParseOutcome::full);
  REQUIRE(table.parse("") == ParseOutcome::row);
}

TEST_CASE("padding before an array counts towards the room, also of an empty one") {
  Table table("str,i64[]", 16);
  CHECK(table.parse("123456789\t5") == ParseOutcome::full);
  CHECK(table.used == 0);
  REQUIRE(table.parse("12345678\t5") == ParseOutcome::row);
  CHECK(table.used == 16);
  Table narrow("str,i64[]", 10);
  CHECK(narrow.parse("123456789\t") == ParseOutcome::full);
  REQUIRE(narrow.parse("1\t") == ParseOutcome::row);
  CHECK(narrow.used == 8);
}

TEST_CASE("arrays are aligned behind text of any length, row after row") {
  Table table("str,f64[],u8[],i32[]");
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
  Table table(types);
  REQUIRE(table.parse(line) == ParseOutcome::row);
  for (std::size_t column = 0; column < 16; ++column) {
    CHECK(table.value<std::uint8_t>(0, column) == column);
  }
}
