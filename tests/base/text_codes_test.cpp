// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>

#include "core/base/hexadecimal.hpp"
#include "core/base/utf8.hpp"
#include "tests/catch.hpp"

using namespace forkmap::base;

TEST_CASE("a number has all its hexadecimal digits, and is read from them") {
  CHECK(hexadecimal(0) == "0000000000000000");
  CHECK(hexadecimal(0x1234abcdU) == "000000001234abcd");
  CHECK(hexadecimal(UINT64_MAX) == "ffffffffffffffff");
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{0xfedcba9876543210U}}) {
    CHECK(from_hexadecimal(hexadecimal(value)) == value);
  }
  CHECK(from_hexadecimal("FFFFFFFFFFFFFFFF") == UINT64_MAX);
}

TEST_CASE("what has not all hexadecimal digits, or others, is no number") {
  for (const char* const text :
       {"", "0", "000000000000000", "00000000000000000", "000000000000000g", " 000000000000001",
        "-000000000000001", "0x00000000000001"}) {
    INFO(text);
    CHECK_FALSE(from_hexadecimal(text));
  }
}

TEST_CASE("a byte has two hexadecimal digits") {
  std::string out = "x";
  append_hexadecimal(out, 0x0a);
  append_hexadecimal(out, 0xf0);
  CHECK(out == "x0af0");
}

TEST_CASE("characters of each length are read at the ends of their ranges") {
  struct Case {
    const char* text;
    char32_t code;
  };
  for (const auto& [text, code] :
       {Case{"\x7f", 0x7f}, Case{"\xc2\x80", 0x80}, Case{"\xdf\xbf", 0x7ff},
        Case{"\xe0\xa0\x80", 0x800}, Case{"\xed\x9f\xbf", 0xd7ff}, Case{"\xee\x80\x80", 0xe000},
        Case{"\xef\xbf\xbf", 0xffff}, Case{"\xf0\x90\x80\x80", 0x10000},
        Case{"\xf4\x8f\xbf\xbf", 0x10ffff}}) {
    INFO(static_cast<std::uint32_t>(code));
    const Utf8Character character = utf8_character_at(text, 0);
    CHECK(character.bytes == std::string(text).size());
    CHECK(character.code == code);
    CHECK(is_utf8(std::string("a") + text + "b"));
  }
}

TEST_CASE("overlong forms, surrogates, strays and what is cut off are no characters") {
  for (const char* const text :
       {"\x80", "\xbf", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82",
        "\xf0\x9f\x98", "\xc3(", "\xe2(\xa1", "\xe2\x82("}) {
    CHECK(utf8_character_at(text, 0).bytes == 0);
    CHECK_FALSE(is_utf8(text));
  }
}
