// SPDX-License-Identifier: Apache-2.0
#include "host/text/json_value.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;

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
