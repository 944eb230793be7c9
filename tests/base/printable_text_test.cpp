// SPDX-License-Identifier: Apache-2.0
#include "core/base/printable_text.hpp"

#include "tests/catch.hpp"

using namespace forkmap::base;

TEST_CASE("a line has what can be shown as it is, and the rest in escapes") {
  CHECK(printable_line("caf\xc3\xa9 \\ \"x\"") == "caf\xc3\xa9 \\ \"x\"");
  CHECK(printable_line("\x1b[31m\r\n\t\x7f") == "\\x1b[31m\\r\\n\\t\\x7f");
  CHECK(printable_line("\xff\xc3") == "\\xff\\xc3");
  CHECK(printable_line("\xc2\x9b") == "\\xc2\\x9b");  // CSI
  CHECK(printable_line("a\xe2\x80\xae"
                       "b") ==
        "a\\xe2\\x80\\xae"
        "b");                                                           // turns the direction
  CHECK(printable_line("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // surrogate
  CHECK(printable_line("\xf0\x80\x80\x80") == "\\xf0\\x80\\x80\\x80");  // overlong
  CHECK(printable_line("a\tb\nc", "\t") == "a\tb\\nc");
  CHECK(printable_line("") == "");
}

TEST_CASE("lines behind the first are indented, once") {
  CHECK(printable_lines("one") == "one");
  CHECK(printable_lines("one\nforkmap: two\r\x1b") == "one\n  forkmap: two\\r\\x1b");
  CHECK(printable_lines("one\n  two\n three") == "one\n  two\n   three");
  CHECK(printable_lines("one\n\ntwo\n") == "one\n\n  two\n");
}
