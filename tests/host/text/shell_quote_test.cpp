// SPDX-License-Identifier: Apache-2.0
#include "host/text/shell_quote.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;

TEST_CASE("words for a shell are quoted only where they must be") {
  CHECK(shell_quoted("/a/b.so:f") == "/a/b.so:f");
  CHECK(shell_quoted("") == "''");
  CHECK(shell_quoted("a b") == "'a b'");
  CHECK(shell_quoted("it's") == "'it'\\''s'");
  CHECK(shell_quoted("$x*") == "'$x*'");
  CHECK(shell_quoted("a\n'\\1") == R"($'a\012\'\\1')");
  CHECK(shell_quoted("\xff") == R"($'\377')");
  CHECK(shell_quoted("\xe2\x80\xae") == R"($'\342\200\256')");
  CHECK(shell_quoted("\xc3\xa4") == "'\xc3\xa4'");
}
