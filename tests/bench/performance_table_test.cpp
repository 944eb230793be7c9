// SPDX-License-Identifier: Apache-2.0
// The documents show what was measured, and nothing else.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "bench/report/json_report.hpp"
#include "bench/report/markdown_table.hpp"
#include "tests/catch.hpp"

using namespace forkmap::bench;

namespace {

std::string read_text(const std::string& path) {
  std::ifstream file(std::string(FORKMAP_SOURCE_DIR) + "/" + path, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("the README's performance table is what docs/performance.json gives") {
  INFO("./dev bench --table docs/performance.json --into README.md puts it there");
  CHECK(table_in(read_text("README.md")) ==
        markdown_table(from_json(read_text("docs/performance.json")), Choice::readme));
}

TEST_CASE("docs/performance.json has all rows of the README's table") {
  const std::string table = table_in(read_text("README.md"));
  CHECK(std::ranges::count(table, '\n') == 2 + 6 + 2);  // head, rows, an empty line, the machine
}

TEST_CASE("the whole table of docs/performance.md is what docs/performance.json gives") {
  INFO("./dev bench --table docs/performance.json --every-row --into docs/performance.md");
  CHECK(table_in(read_text("docs/performance.md")) ==
        markdown_table(from_json(read_text("docs/performance.json")), Choice::all));
}
