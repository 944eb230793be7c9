// SPDX-License-Identifier: Apache-2.0
#include "host/text/json_value.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;

TEST_CASE("text that is UTF-8 is told from what is not") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"));
  for (const char* bad :
       {"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80"}) {
    CHECK_FALSE(is_utf8(bad));
  }
}

TEST_CASE("base64 pads as RFC 4648 says") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foobar") == "Zm9vYmFy");
}

TEST_CASE("JSON text is escaped, or base64 where it is not UTF-8") {
  std::string out;
  append_json_text("a\"\\\n\t\x01", out);
  CHECK(out == R"("a\"\\\n\t\u0001")");
  out.clear();
  append_json_text("\xfe", out);
  CHECK(out == R"({"base64":"/g=="})");
}
