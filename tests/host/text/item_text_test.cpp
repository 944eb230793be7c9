// SPDX-License-Identifier: Apache-2.0
#include "host/text/item_text.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;

TEST_CASE("arguments are shown one by one, lines as one text") {
  using namespace std::string_literals;
  CHECK(shown_item("3\0004"s, '\0') == "\"3\", \"4\"");
  CHECK(shown_item("3\t4", '\t') == "\"3\\t4\"");
  std::string tag;
  append_tag("a\nb\0c"s, '\0', false, tag);
  CHECK(tag == "a\\nb\tc");
}
