// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <stdexcept>

#include "core/types/caught_exception.hpp"
#include "core/types/message_cut.hpp"
#include "core/types/quoted_text.hpp"
#include "tests/catch.hpp"

using namespace forkmap::types;

namespace {

template <class Thrown>
std::string text_of(Thrown thrown) {
  try {
    throw thrown;
  } catch (...) {
    return caught_exception_text();
  }
}

struct OwnError {};

}  // namespace

TEST_CASE("a text within the limit is kept whole") {
  CHECK(whole_characters("", 0) == 0);
  CHECK(whole_characters("abc", 3) == 3);
  CHECK(whole_characters("abc", 100) == 3);
}

TEST_CASE("a cut never splits a UTF-8 sequence") {
  const std::string text = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x99\x82z";  // a, 2, 3, 4 bytes, z
  const std::array<std::size_t, 11> kept{0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
  for (std::size_t limit = 0; limit < kept.size(); ++limit) {
    INFO(limit);
    CHECK(whole_characters(text, limit) == kept[limit]);
  }
}

TEST_CASE("a cut in text that is not UTF-8 gives nothing away") {
  CHECK(whole_characters(std::string(100, '\x80'), 50) == 50);
  CHECK(whole_characters(std::string(100, '\xff'), 50) == 50);
}

TEST_CASE("quoted text is in double quotes and readable") {
  CHECK(quoted("") == "\"\"");
  CHECK(quoted("x y") == "\"x y\"");
  CHECK(quoted("gr\xc3\xbc\xc3\x9f"
               "e") ==
        "\"gr\xc3\xbc\xc3\x9f"
        "e\"");
  CHECK(quoted("a\nb\tc\rd") == "\"a\\nb\\tc\\rd\"");
  CHECK(quoted("say \"hi\" \\") == "\"say \\\"hi\\\" \\\\\"");
  CHECK(quoted(std::string_view("\0\x1b\x7f", 3)) == "\"\\x00\\x1b\\x7f\"");
}

TEST_CASE("quoted text escapes every byte that is not UTF-8, and C1 control characters") {
  CHECK(quoted("\xff\xfe") == "\"\\xff\\xfe\"");
  CHECK(quoted("\xc3") == "\"\\xc3\"");
  CHECK(quoted("\xc0\x80") == "\"\\xc0\\x80\"");                    // overlong
  CHECK(quoted("\xe0\x80\x80") == "\"\\xe0\\x80\\x80\"");           // overlong
  CHECK(quoted("\xed\xa0\x80") == "\"\\xed\\xa0\\x80\"");           // surrogate
  CHECK(quoted("\xf4\x90\x80\x80") == "\"\\xf4\\x90\\x80\\x80\"");  // above U+10FFFF
  CHECK(quoted("\xe2\x82") == "\"\\xe2\\x82\"");                    // cut short
  CHECK(quoted("\xc2\x9b") == "\"\\xc2\\x9b\"");                    // CSI
  CHECK(quoted("\xf0\x9f\x99\x82") == "\"\xf0\x9f\x99\x82\"");
}

TEST_CASE("of long quoted text the middle is left out, between characters") {
  CHECK(quoted(std::string(60, 'x')) == "\"" + std::string(60, 'x') + "\"");
  CHECK(quoted(std::string(30, 'x') + std::string(31, 'y')) == "\"" + std::string(20, 'x') +
                                                                   "\"...\"" + std::string(9, 'x') +
                                                                   std::string(31, 'y') + "\"");
  CHECK(quoted("ab\xc3\xa4"
               "cdefgh",
               9) == "\"ab\"...\"cdefgh\"");
  CHECK(quoted("abcdef\xc3\xa4z", 3) == "\"a\"...\"z\"");
  CHECK(quoted("abc", 0) == "\"\"...\"\"");
}

TEST_CASE("an exception gives its text, anything else the name of its type") {
  CHECK(text_of(std::runtime_error("disk full")) == "disk full");
  CHECK(text_of(42) == "threw a value of type int");
  CHECK(text_of(std::string("text")).starts_with("threw a value of type std::"));
  CHECK(text_of(OwnError{}).find("OwnError") != std::string::npos);
}
