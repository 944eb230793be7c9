// SPDX-License-Identifier: Apache-2.0
#include "host/text/html_escape.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;

TEST_CASE("whatever bytes there are, markup is escaped and nothing is hidden") {
  CHECK(html_text("<script>alert('x' & \"y\")</script>") ==
        "&lt;script&gt;alert(&#39;x&#39; &amp; &quot;y&quot;)&lt;/script&gt;");
  CHECK(html_text("caf\xc3\xa9 \xf0\x9f\x98\x80") == "caf\xc3\xa9 \xf0\x9f\x98\x80");
  CHECK(html_text("\xff\xfe<") == "\\xff\\xfe&lt;");
  CHECK(html_text("\xc3<b>") == "\\xc3&lt;b&gt;");
  CHECK(html_text(std::string_view("a\0b\x1b[0m\n", 8)) == "a\\x00b\\x1b[0m\n");
  CHECK(html_text("a\xe2\x80\xae"
                  "b") == "a\\u{202e}b");
  CHECK(html_text("\xef\xbb\xbf") == "\\u{feff}");
}
