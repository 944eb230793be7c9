// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "core/types/signature.hpp"
#include "tests/catch.hpp"

using namespace forkmap::types;

namespace {

const std::vector<std::string> kTypeNames{"bool",  "i8",    "i16",   "i32",   "i64",   "u8",
                                          "u16",   "u32",   "u64",   "f32",   "f64",   "str",
                                          "bytes", "i8[]",  "i16[]", "i32[]", "i64[]", "u8[]",
                                          "u16[]", "u32[]", "u64[]", "f32[]", "f64[]"};

std::string fault_of(std::string_view text) {
  try {
    static_cast<void>(parse_signature(text));
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a signature is read and written as the same text") {
  for (const char* text :
       {"(i64) -> i64", "(f64, i64) -> (f64, i64)", "(str) -> ()", "(f64[], bool) -> bytes",
        "(u8, u16, u32, u64, i8, i16, i32, f32) -> (u8[], str)"}) {
    CHECK(to_text(parse_signature(text)) == text);
  }
}

TEST_CASE("every type is known by its name, as argument and as result") {
  for (const std::string& name : kTypeNames) {
    INFO(name);
    const Signature signature = parse_signature("(" + name + ") -> " + name);
    REQUIRE(signature.arguments.size() == 1);
    CHECK(name_of(signature.arguments[0]) == name);
    CHECK(signature.arguments == signature.results);
    CHECK(is_known(signature.arguments[0]));
  }
}

TEST_CASE("a signature may be written with other blanks, and one result in parentheses") {
  CHECK(to_text(parse_signature("  ( i64 ,f64[] )->( str )  ")) == "(i64, f64[]) -> str");
  CHECK(to_text(parse_signature("(i64)\t->\t( )")) == "(i64) -> ()");
}

TEST_CASE("the sizes of types are those of their elements") {
  const auto size_of = [](std::string_view name) {
    return element_bytes(parse_signature("(" + std::string(name) + ") -> ()").arguments[0]);
  };
  for (const char* name : {"bool", "i8", "u8", "str", "bytes", "u8[]"}) CHECK(size_of(name) == 1);
  for (const char* name : {"i16", "u16", "i16[]"}) CHECK(size_of(name) == 2);
  for (const char* name : {"i32", "u32", "f32", "f32[]"}) CHECK(size_of(name) == 4);
  for (const char* name : {"i64", "u64", "f64", "f64[]"}) CHECK(size_of(name) == 8);
}

TEST_CASE("str, bytes and arrays are variable, numbers and bool are not") {
  for (const std::string& name : kTypeNames) {
    INFO(name);
    const Type type = parse_signature("(" + name + ") -> ()").arguments[0];
    const bool array = name.ends_with("[]");
    CHECK(type.is_array() == array);
    CHECK(type.is_variable() == (array || name == "str" || name == "bytes"));
    CHECK(name_of_scalar(type) == name.substr(0, name.find('[')));
    CHECK_FALSE(type.element().is_array());
  }
}

TEST_CASE("codes that are no types are not known") {
  for (const std::uint32_t code :
       {0u, 12u, 15u, 18u, 31u, 32u, 255u, 256u, 256u + FORKMAP_STR, 256u + FORKMAP_BYTES,
        256u + FORKMAP_BOOL, 512u + FORKMAP_I64, 0xffffffffu}) {
    INFO(code);
    CHECK_FALSE(is_known(Type{code}));
  }
  CHECK(name_of(Type{99}) == "unknown");
  CHECK(element_bytes(Type{99}) == 0);
}

TEST_CASE("signatures are equal if all their types are, in order") {
  CHECK(parse_signature("(i64,f64)->str") == parse_signature("(i64, f64) -> (str)"));
  CHECK_FALSE(parse_signature("(i64, f64) -> str") == parse_signature("(f64, i64) -> str"));
  CHECK_FALSE(parse_signature("(i64) -> str") == parse_signature("(i64) -> bytes"));
  CHECK_FALSE(parse_signature("(i64) -> i64") == parse_signature("(i64) -> i64[]"));
}

TEST_CASE("a faulty signature is refused with the column of the fault and what was expected") {
  CHECK(fault_of("") ==
        "signature \"\", column 1: expected the argument list, '(' first, found the end");
  CHECK(fault_of("(i64) -> i65") ==
        "signature \"(i64) -> i65\", column 10: expected a result type, or '(' and a list of them, "
        "found \"i65\"");
  CHECK(contains(fault_of("(int) -> i64"),
                 "column 2: expected an argument type, found \"int) -> i64\""));
  CHECK(contains(fault_of("i64 -> i64"), "column 1: expected the argument list"));
  CHECK(contains(fault_of("() -> i64"),
                 "column 2: expected an argument type (a function has at least"));
  CHECK(contains(fault_of("(i64 i64) -> i64"), "column 6: expected ',' or ')'"));
  CHECK(contains(fault_of("(i64,) -> i64"), "column 6: expected an argument type"));
  CHECK(contains(fault_of("(i64) i64"), "column 7: expected '->'"));
  CHECK(contains(fault_of("(i64) ->"), "column 9: expected a result type"));
  CHECK(contains(fault_of("(i64) -> (i64"), "column 14: expected ',' or ')', found the end"));
  CHECK(contains(fault_of("(i64) -> i64, f64"), "column 13: expected the end"));
  CHECK(contains(fault_of("(I64) -> i64"), "column 2"));
  CHECK(contains(fault_of("(i64[]x) -> i64"), "column 7: expected ',' or ')'"));
  CHECK(contains(fault_of("(i64[][]) -> i64"), "column 7: expected ',' or ')'"));
}

TEST_CASE("there are arrays of numbers only") {
  for (const char* name : {"bool", "str", "bytes"}) {
    const std::string fault = fault_of("(" + std::string(name) + "[]) -> i64");
    CHECK(contains(fault, "there are no arrays of " + std::string(name)));
  }
}

TEST_CASE("a signature has at most sixteen arguments and sixteen results") {
  const auto list = [](unsigned count) {
    std::string text = "(";
    for (unsigned i = 0; i < count; ++i) text += i == 0 ? "i64" : ", i64";
    return text + ")";
  };
  const Signature largest =
      parse_signature(list(FORKMAP_MAX_COLUMNS) + " -> " + list(FORKMAP_MAX_COLUMNS));
  CHECK(largest.arguments.size() == FORKMAP_MAX_COLUMNS);
  CHECK(largest.results.size() == FORKMAP_MAX_COLUMNS);
  CHECK(contains(fault_of(list(FORKMAP_MAX_COLUMNS + 1) + " -> i64"), "expected at most 16 types"));
  CHECK(
      contains(fault_of("(i64) -> " + list(FORKMAP_MAX_COLUMNS + 1)), "expected at most 16 types"));
}
