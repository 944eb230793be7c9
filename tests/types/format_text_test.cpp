// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/types/text_format.hpp"
#include "tests/catch.hpp"

using namespace forkmap::types;

namespace {

constexpr TextRules kRaw{.delimiter = '\t', .terminator = '\0', .raw = true};

template <class T>
std::string fixed(std::uint32_t code, T value) {
  forkmap_column column{};
  column.type = code;
  column.values = &value;
  std::string out = "before ";  // appended to, not replaced
  format_value(Type{code}, column, 0, false, out);
  CHECK(out.starts_with("before "));
  return out.substr(7);
}

std::string variable(std::uint32_t code, const void* data, std::uint64_t size_bytes,
                     bool raw = false) {
  const std::uint64_t start = 0;
  forkmap_column column{};
  column.type = code;
  column.starts = &start;
  column.ends = &size_bytes;
  column.bytes = static_cast<const unsigned char*>(data);
  std::string out;
  format_value(Type{code}, column, 0, raw, out);
  return out;
}

std::string text(std::string_view value, bool raw = false) {
  return variable(FORKMAP_STR, value.data(), value.size(), raw);
}

}  // namespace

TEST_CASE("integers are written in decimal") {
  CHECK(fixed(FORKMAP_I8, std::int8_t{-128}) == "-128");
  CHECK(fixed(FORKMAP_U8, std::uint8_t{65}) == "65");
  CHECK(fixed(FORKMAP_I16, std::int16_t{-1}) == "-1");
  CHECK(fixed(FORKMAP_U16, std::uint16_t{65535}) == "65535");
  CHECK(fixed(FORKMAP_I32, std::int32_t{0}) == "0");
  CHECK(fixed(FORKMAP_U32, std::uint32_t{4294967295u}) == "4294967295");
  CHECK(fixed(FORKMAP_I64, std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(fixed(FORKMAP_U64, std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
}

TEST_CASE("floats are written as the shortest text that reads back") {
  CHECK(fixed(FORKMAP_F64, 5.0) == "5");
  CHECK(fixed(FORKMAP_F64, 0.1) == "0.1");
  CHECK(fixed(FORKMAP_F64, 0.1 + 0.2) == "0.30000000000000004");
  CHECK(fixed(FORKMAP_F64, -0.0) == "-0");
  CHECK(fixed(FORKMAP_F64, 1e22) == "1e+22");
  CHECK(fixed(FORKMAP_F64, 5e-324) == "5e-324");
  CHECK(fixed(FORKMAP_F64, -2.2250738585072014e-308) == "-2.2250738585072014e-308");
  CHECK(fixed(FORKMAP_F64, 1.7976931348623157e308) == "1.7976931348623157e+308");
  CHECK(fixed(FORKMAP_F32, 0.1f) == "0.1");
  CHECK(fixed(FORKMAP_F32, 16777216.0f) == "16777216");
}

TEST_CASE("infinities and nan are words; a nan has no sign") {
  CHECK(fixed(FORKMAP_F64, std::numeric_limits<double>::infinity()) == "inf");
  CHECK(fixed(FORKMAP_F64, -std::numeric_limits<double>::infinity()) == "-inf");
  CHECK(fixed(FORKMAP_F64, std::numeric_limits<double>::quiet_NaN()) == "nan");
  CHECK(fixed(FORKMAP_F64, std::copysign(std::numeric_limits<double>::quiet_NaN(), -1.0)) == "nan");
  CHECK(fixed(FORKMAP_F32, -std::numeric_limits<float>::infinity()) == "-inf");
  CHECK(fixed(FORKMAP_F32, std::numeric_limits<float>::quiet_NaN()) == "nan");
}

TEST_CASE("bool is written as true or false, whatever byte it is") {
  CHECK(fixed(FORKMAP_BOOL, static_cast<unsigned char>(0)) == "false");
  CHECK(fixed(FORKMAP_BOOL, static_cast<unsigned char>(1)) == "true");
  CHECK(fixed(FORKMAP_BOOL, static_cast<unsigned char>(200)) == "true");
}

TEST_CASE("arrays are written with commas between their elements") {
  const std::array<double, 3> values{1, 0.5, -std::numeric_limits<double>::infinity()};
  CHECK(variable(FORKMAP_ARRAY | FORKMAP_F64, values.data(), sizeof(values)) == "1,0.5,-inf");
  CHECK(variable(FORKMAP_ARRAY | FORKMAP_F64, values.data(), sizeof(double)) == "1");
  CHECK(variable(FORKMAP_ARRAY | FORKMAP_F64, values.data(), 0).empty());
  const std::array<std::int8_t, 2> small{-1, 65};
  CHECK(variable(FORKMAP_ARRAY | FORKMAP_I8, small.data(), sizeof(small)) == "-1,65");
}

TEST_CASE("newline, tab, CR and backslash in text and bytes are escaped, nothing else is") {
  CHECK(text("") == "");
  CHECK(text("plain") == "plain");
  CHECK(text("a\nb\tc\rd\\e") == "a\\nb\\tc\\rd\\\\e");
  CHECK(text("\n") == "\\n");
  CHECK(text("\\n") == "\\\\n");
  CHECK(text("\n\n\t") == "\\n\\n\\t");
  CHECK(text(std::string_view("\0\x01\xff\"'", 5)) == std::string("\0\x01\xff\"'", 5));
  CHECK(variable(FORKMAP_BYTES, "a\n", 2) == "a\\n");
}

TEST_CASE("raw text and bytes are written as they are") {
  CHECK(text("a\nb\tc\rd\\e", true) == "a\nb\tc\rd\\e");
  CHECK(variable(FORKMAP_BYTES, "a\n", 2, true) == "a\n");
}

TEST_CASE(
    "a row is its columns with tabs between them, also where the input has another delimiter") {
  const std::vector<Type> types{{FORKMAP_I64}, {FORKMAP_STR}, {FORKMAP_BOOL}};
  const ColumnLayout layout = layout_columns(Part::results, types, 2);
  std::vector<std::uint64_t> memory(layout.bytes_offset_bytes / 8 + 8);
  auto* const base = reinterpret_cast<std::byte*>(memory.data());
  std::array<forkmap_result_column, FORKMAP_MAX_COLUMNS> results{};
  result_columns(layout, base, results.data());
  static_cast<std::int64_t*>(results[0].values)[1] = 42;
  static_cast<unsigned char*>(results[2].values)[1] = 1;
  results[1].ends[0] = 1;
  results[1].ends[1] = 4;
  std::memcpy(base + layout.bytes_offset_bytes, "-a\tb", 4);
  std::array<forkmap_column, FORKMAP_MAX_COLUMNS> columns{};
  readable_columns(layout, base, columns.data());

  std::string out;
  format_row(layout, columns.data(), 1, {.delimiter = ';'}, out);
  CHECK(out == "42\ta\\tb\ttrue");
  format_row(layout, columns.data(), 1, kRaw, out);
  CHECK(out == "42\ta\\tb\ttrue42\ta\tb\ttrue");
}

TEST_CASE("a row without columns is empty text") {
  const ColumnLayout layout = layout_columns(Part::results, {}, 2);
  std::string out;
  format_row(layout, nullptr, 0, {}, out);
  CHECK(out.empty());
}
