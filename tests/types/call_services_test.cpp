// SPDX-License-Identifier: Apache-2.0
//
// Functions that are called once an item, written as a plugin in C would be.
#include "core/types/call_services.hpp"

#include <limits>

#include "core/types/split_mix.hpp"
#include "tests/catch.hpp"
#include "tests/types/chunk_on_buffer.hpp"

using namespace forkmap::types;

using Rows = std::vector<std::string>;
using Call = int (*)(forkmap_call*);

namespace {

Rows rows_of(std::string_view signature, const std::vector<std::string>& lines, Call call) {
  ChunkOnBuffer test(signature, lines);
  CHECK(test.run(call) == FORKMAP_RUN_COMPLETE);
  CHECK(test.complete() == lines.size());
  CHECK(test.is_sound());
  return test.rows();
}

int echo_integer(forkmap_call* call) {
  forkmap_return_i64(call, 0, forkmap_arg_i64(call, 0));
  return 0;
}
int echo_float(forkmap_call* call) {
  forkmap_return_f64(call, 0, forkmap_arg_f64(call, 0));
  return 0;
}
int echo_bytes(forkmap_call* call) {
  std::uint64_t size = 0;
  const void* const data = forkmap_arg_bytes(call, 0, &size);
  return forkmap_return_bytes(call, 0, data, size);
}

std::string echo_signature(std::string_view type) {
  return "(" + std::string(type) + ") -> " + std::string(type);
}

}  // namespace

TEST_CASE("every integer type comes in and goes out through the call helpers") {
  CHECK(rows_of("(bool) -> bool", {"1", "0"}, echo_integer) == Rows{"true", "false"});
  const auto both = [](std::string_view type, const Rows& values) {
    INFO(type);
    CHECK(rows_of(echo_signature(type), values, echo_integer) == values);
  };
  both("i8", {"-128", "0", "127"});
  both("i16", {"-32768", "32767"});
  both("i32", {"-2147483648", "2147483647"});
  both("i64", {"-9223372036854775808", "9223372036854775807"});
  both("u8", {"0", "255"});
  both("u16", {"65535"});
  both("u32", {"4294967295"});
  both("u64", {"0", "18446744073709551615"});
}

TEST_CASE("both float types come in and go out through the call helpers") {
  CHECK(rows_of("(f64) -> f64", {"0.1", "-inf", "nan"}, echo_float) == Rows{"0.1", "-inf", "nan"});
  CHECK(rows_of("(f32) -> f32", {"0.1", "3.4028235e+38"}, echo_float) ==
        Rows{"0.1", "3.4028235e+38"});
}

TEST_CASE("every variable type comes in and goes out through the call helpers") {
  const auto both = [](std::string_view type, const Rows& values) {
    INFO(type);
    CHECK(rows_of(echo_signature(type), values, echo_bytes) == values);
  };
  both("str", {"text", "", "a\tb"});
  both("bytes", {"\xff", ""});
  both("f64[]", {"", "1.5,2", "3"});
  both("i8[]", {"-1,2,3", "", "7"});
  both("u16[]", {"1", "65535,0"});
}

TEST_CASE("arguments and results of several columns go by their number") {
  const Call call = [](forkmap_call* it) {
    std::uint64_t size = 0;
    const auto* const text = static_cast<const char*>(forkmap_arg_bytes(it, 1, &size));
    const std::string twice = std::string(text, size) + std::string(text, size);
    forkmap_return_f64(it, 2, forkmap_arg_f64(it, 2) * 2);  // fixed columns in any order
    forkmap_return_i64(it, 0, forkmap_arg_i64(it, 0) + 1);
    return forkmap_return_bytes(it, 1, twice.data(), twice.size());
  };
  CHECK(rows_of("(i64, str, f32) -> (i64, str, f32)", {"1|ab|0.5", "-1||2"}, call) ==
        Rows{"2\tabab\t1", "0\t\t4"});
}

TEST_CASE("a bool result is true for any value but 0") {
  const Call call = [](forkmap_call* it) {
    forkmap_return_i64(it, 0, forkmap_arg_i64(it, 0));
    forkmap_return_bool(it, 1, 2);
    return 0;
  };
  CHECK(rows_of("(i64) -> (bool, bool)", {"0", "-5", "256"}, call) ==
        Rows{"false\ttrue", "true\ttrue", "true\ttrue"});
}

TEST_CASE("a function without results is complete by returning 0") {
  CHECK(rows_of("(i64) -> ()", {"1", "2"}, [](forkmap_call*) { return 0; }) == Rows{"", ""});
}

TEST_CASE("a failed item has its text, others are not affected") {
  const Call call = [](forkmap_call* it) {
    const double x = forkmap_arg_f64(it, 0);
    if (x < 0) return forkmap_fail(it, "x must not be negative");
    forkmap_return_f64(it, 0, x);
    return 0;
  };
  CHECK(rows_of("(f64) -> f64", {"1", "-1", "2"}, call) ==
        Rows{"1", "!x must not be negative", "2"});
}

TEST_CASE("a failure counts though the function then returns 0, and the last text is kept") {
  const Call call = [](forkmap_call* it) {
    forkmap_fail(it, "first");
    forkmap_fail(it, "second");
    forkmap_return_i64(it, 0, 1);
    return 0;
  };
  CHECK(rows_of("(i64) -> i64", {"1"}, call) == Rows{"!second"});
}

TEST_CASE("a failure drops variable results, and takes none after it") {
  const Call call = [](forkmap_call* it) {
    CHECK(forkmap_return_bytes(it, 0, "long enough", 11) == 0);
    forkmap_fail(it, "no");
    CHECK(forkmap_return_bytes(it, 1, "x", 1) != 0);
    return 0;
  };
  ChunkOnBuffer test("(i64) -> (str, str)", {"1", "2"});
  REQUIRE(test.run(call) == FORKMAP_RUN_COMPLETE);
  CHECK(test.rows() == Rows{"!no", "!no"});
  CHECK(test.chunk.bytes_used == 4);
  CHECK(test.is_sound());
}

TEST_CASE("a result other than 0 without a text is an error that says so") {
  CHECK(rows_of("(i64) -> i64", {"1"}, [](forkmap_call*) { return -3; }) ==
        Rows{"!the function returned -3 and gave no reason"});
}

TEST_CASE("a result column that was not set is an error that names it") {
  const Call nothing = [](forkmap_call*) { return 0; };
  CHECK(rows_of("(i64) -> i64", {"1"}, nothing) == Rows{"!result column 0 was not set"});
  CHECK(rows_of("(i64) -> str", {"1"}, nothing) == Rows{"!result column 0 was not set"});
  const Call only_first = [](forkmap_call* it) { return forkmap_return_bytes(it, 0, "x", 1); };
  CHECK(rows_of("(i64) -> (str, str)", {"1", "2"}, only_first) ==
        Rows{"!result column 1 was not set", "!result column 1 was not set"});
  const Call only_sixteenth = [](forkmap_call* it) {
    for (std::uint32_t column = 0; column < 15; ++column) forkmap_return_i64(it, column, 1);
    return 0;
  };
  std::string signature = "(i64) -> (u8";
  for (int i = 1; i < 16; ++i) signature += ", u8";
  CHECK(rows_of(signature + ")", {"1"}, only_sixteenth) == Rows{"!result column 15 was not set"});
}

TEST_CASE("variable columns out of order are an error of the item that names the column") {
  const Call backwards = [](forkmap_call* it) {
    forkmap_return_bytes(it, 1, "b", 1);
    forkmap_return_bytes(it, 0, "a", 1);
    return 0;
  };
  CHECK(rows_of("(i64) -> (str, str)", {"1", "2"}, backwards) ==
        Rows{"!result column 0 was not set before column 1",
             "!result column 0 was not set before column 1"});
  const Call twice = [](forkmap_call* it) {
    forkmap_return_bytes(it, 0, "a", 1);
    forkmap_return_bytes(it, 0, "b", 1);
    return 0;
  };
  CHECK(rows_of("(i64) -> str", {"1"}, twice) ==
        Rows{"!result column 0 was set twice or after a later one"});
}

TEST_CASE("a value outside the range of its column is an error, not another value") {
  const auto row = [](std::string_view type, const std::string& value) {
    return rows_of("(i64) -> " + std::string(type), {value}, echo_integer)[0];
  };
  CHECK(row("i8", "128") == "!result column 0: 128 is not in the range of i8");
  CHECK(row("i8", "-129") == "!result column 0: -129 is not in the range of i8");
  CHECK(row("u8", "-1") == "!result column 0: -1 is not in the range of u8");
  CHECK(row("u8", "256") == "!result column 0: 256 is not in the range of u8");
  CHECK(row("i16", "32768") == "!result column 0: 32768 is not in the range of i16");
  CHECK(row("u32", "4294967296") == "!result column 0: 4294967296 is not in the range of u32");
  CHECK(row("i32", "-2147483648") == "-2147483648");
}

TEST_CASE("columns of another type are an error that names both types") {
  const auto row = [](std::string_view signature, const std::string& line, Call call) {
    return rows_of(signature, {line}, call)[0];
  };
  CHECK(row("(f64) -> i64", "1", echo_integer) ==
        "!argument column 0 is f64, not an integer or bool");
  CHECK(row("(str) -> i64", "1", echo_integer) ==
        "!argument column 0 is str, not an integer or bool");
  CHECK(row("(i64) -> f64", "1", echo_float) == "!argument column 0 is i64, not f32 or f64");
  CHECK(row("(i64) -> str", "1", echo_bytes) ==
        "!argument column 0 is i64, not str, bytes or an array");
  CHECK(row("(i64) -> f64", "1", echo_integer) ==
        "!result column 0 is f64, not an integer or bool");
  CHECK(row("(f64) -> i64[]", "1", echo_float) == "!result column 0 is i64[], not f32 or f64");
  CHECK(row("(str) -> i64", "1", echo_bytes).starts_with("!result column 0 is not a str"));
}

TEST_CASE("columns that do not exist are an error that says so") {
  const auto row = [](Call call) { return rows_of("(i64) -> i64", {"1"}, call)[0]; };
  CHECK(row([](forkmap_call* it) {
          forkmap_return_i64(it, 0, forkmap_arg_i64(it, 1));
          return 0;
        }) == "!the function has no argument column 1");
  CHECK(row([](forkmap_call* it) {
          forkmap_return_i64(it, 9, 1);
          return 0;
        }) == "!the function has no result column 9");
  CHECK(row([](forkmap_call* it) {
          std::uint64_t size = 5;
          CHECK(*static_cast<const char*>(forkmap_arg_bytes(it, 16, &size)) == '\0');
          CHECK(size == 0);
          return forkmap_return_bytes(it, 40, "x", 1);
        }) == "!the function has no argument column 16");
}

TEST_CASE("an array result must be a whole number of elements") {
  const Call call = [](forkmap_call* it) { return forkmap_return_bytes(it, 0, "12345", 5); };
  CHECK(rows_of("(i64) -> i32[]", {"1"}, call) ==
        Rows{"!result column 0: 5 bytes are no whole number of i32 values"});
}

TEST_CASE(
    "the index of an item counts in the whole input, with a stride; its seed follows from it") {
  const Call call = [](forkmap_call* it) {
    forkmap_return_u64(it, 0, forkmap_item_index(it));
    forkmap_return_u64(it, 1, forkmap_item_seed(it));
    return 0;
  };
  ChunkOnBuffer test("(i64) -> (u64, u64)", {"1", "1", "1"});
  test.chunk.first_index = 1000;
  test.chunk.index_stride = 4;
  test.chunk.seed = 42;
  REQUIRE(test.run(call) == FORKMAP_RUN_COMPLETE);
  for (std::uint64_t item = 0; item < 3; ++item) {
    const std::uint64_t index = 1000 + 4 * item;
    CHECK(test.row(item) ==
          std::to_string(index) + "\t" + std::to_string(splitmix64(42 ^ splitmix64(index))));
  }
}

TEST_CASE("a function reads parameters through its call") {
  const Call call = [](forkmap_call* it) {
    std::uint64_t size = 0;
    const char* const value = forkmap_parameter(it, "name", &size);
    if (value == nullptr) return forkmap_fail(it, "no name");
    return forkmap_return_bytes(it, 0, value, size);
  };
  ChunkOnBuffer test("(i64) -> str", {"1"});
  REQUIRE(test.run(call) == FORKMAP_RUN_COMPLETE);
  CHECK(test.rows() == Rows{"!no name"});
  ChunkOnBuffer given("(i64) -> str", {"1"});
  given.parameters = Parameters(Parameters::Values{{"name", "value"}});
  REQUIRE(given.run(call) == FORKMAP_RUN_COMPLETE);
  CHECK(given.rows() == Rows{"value"});
}
