// SPDX-License-Identifier: Apache-2.0
//
// The forms of one value.
#include <cmath>
#include <limits>

#include "tests/catch.hpp"
#include "tests/types/parsed_table.hpp"

using namespace forkmap::types;

namespace {

template <class T>
T parsed(std::string_view type, std::string_view line) {
  ParsedTable table(type);
  INFO("line " << line);
  REQUIRE(table.parse(line) == ParseOutcome::row);
  return table.value<T>(0);
}

std::string reason_for(std::string_view type, std::string_view line) {
  return ParsedTable(type).reason(line);
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
  CHECK(reason_for("i64", std::string(100, '9')) == "\"" + std::string(20, '9') + "\"...\"" +
                                                        std::string(40, '9') +
                                                        "\" is not in the range of i64");
}

TEST_CASE("text that is no integer is bad, as a whole") {
  for (const char* text : {"", " ", "x", "1x", "1 2", "+ 1", "++1", "+-1", "-+1", "+", "--1", "-",
                           "1.0", "1e3", "1d3", "0x10", "1_000", "99999999999999999999x",
                           "\xc2\xa0"
                           "1"}) {
    INFO("text '" << text << "'");
    CHECK(reason_for("i64", text).ends_with("is not an i64"));
  }
  CHECK(reason_for("i64", "x") == "\"x\" is not an i64");
  CHECK(reason_for("u8", "-0") == "\"-0\" is not a u8");
  CHECK(reason_for("i16", "a\"b\x01") == "\"a\\\"b\\x01\" is not an i16");
  CHECK(reason_for("u32", std::string(1000, 'z')) ==
        "\"" + std::string(20, 'z') + "\"...\"" + std::string(40, 'z') + "\" is not a u32");
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
  for (const char* text :
       {"",   " ", "x", "0x10", "0x1p3", "1.5x",    "1,5",  "1 2", "+-1", "++1",  "e5",
        "d5", ".", "+", "-",    "in",    "infinit", "nanx", "1e",  "1d",  "1dd5", "d"}) {
    INFO("text '" << text << "'");
    CHECK(reason_for("f64", text).ends_with("is not an f64"));
    CHECK(reason_for("f32", text).ends_with("is not an f32"));
  }
}

TEST_CASE("blanks around a number, a plus sign and Fortran's exponents are read as others do") {
  CHECK(parsed<std::int64_t>("i64", " 12") == 12);
  CHECK(parsed<std::int64_t>("i64", "  -12  ") == -12);
  CHECK(parsed<std::int64_t>("i64", "+12") == 12);
  CHECK(parsed<std::uint8_t>("u8", " +7 ") == 7);
  CHECK(parsed<double>("f64", " +1.5 ") == 1.5);
  CHECK(parsed<double>("f64", "1.0D+02") == 100);
  CHECK(parsed<double>("f64", "-2.5d-1") == -0.25);
  CHECK(parsed<double>("f64", " 1D3") == 1000);
  CHECK(parsed<float>("f32", "+inf") == std::numeric_limits<float>::infinity());
  CHECK(parsed<unsigned char>("bool", " true ") == 1);
  CHECK(reason_for("u8", " 256") == " 256 is not in the range of u8");
  CHECK(reason_for("i64", " x") == "\" x\" is not an i64");
}

TEST_CASE("bool is true, false, 1 or 0, and nothing else") {
  CHECK(parsed<unsigned char>("bool", "true") == 1);
  CHECK(parsed<unsigned char>("bool", "1") == 1);
  CHECK(parsed<unsigned char>("bool", "false") == 0);
  CHECK(parsed<unsigned char>("bool", "0") == 0);
  for (const char* text : {"", "True", "TRUE", "yes", "2", "01", "+true", "+ 1", "t"}) {
    INFO("text '" << text << "'");
    CHECK(reason_for("bool", text).ends_with("is not a bool"));
  }
}

TEST_CASE("arrays are elements with commas between them; empty text is an empty array") {
  ParsedTable table("i64[]");
  REQUIRE(table.parse("1,-2,3") == ParseOutcome::row);
  REQUIRE(table.parse("") == ParseOutcome::row);
  REQUIRE(table.parse("4") == ParseOutcome::row);
  CHECK(table.array<std::int64_t>(0) == std::vector<std::int64_t>{1, -2, 3});
  CHECK(table.array<std::int64_t>(1).empty());
  CHECK(table.array<std::int64_t>(2) == std::vector<std::int64_t>{4});
}

TEST_CASE("arrays of every element type are read") {
  const auto read = [](std::string_view type, auto example) {
    ParsedTable table(std::string(type) + "[]");
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
  CHECK(reason_for("i64[]", "1,2 3") == "element 2: \"2 3\" is not an i64");
  CHECK(reason_for("u8[]", "1,300") == "element 2: 300 is not in the range of u8");
  CHECK(reason_for("f64[]", "1;2") == "element 1: \"1;2\" is not an f64");
}
