// SPDX-License-Identifier: Apache-2.0
// Lines of a file that a shard has written, with buffers of all sizes.

#include "host/merge/part_lines.hpp"

#include "host/cli/usage_error.hpp"
#include "tests/catch.hpp"
#include "tests/host/merge/made_up_part.hpp"

using namespace forkmap::host;
using forkmap::tests::TemporaryFolder;

namespace {

std::vector<std::string> all_lines(PartLines& lines) {
  std::vector<std::string> all;
  for (std::string_view line; lines.next(line);) all.emplace_back(line);
  return all;
}

}  // namespace

TEST_CASE("lines are whole however little is read at a time") {
  const TemporaryFolder folder;
  const std::string text =
      "a\n\nlonger than many a buffer here\nb\n\n\n" + std::string(900, 'x') + "\n";
  const std::string path = folder.file("part", text);
  for (std::size_t buffer_bytes = 1; buffer_bytes < 70; ++buffer_bytes) {
    PartLines lines(path, vouched(text), "journal", '\n', buffer_bytes);
    const std::vector<std::string> all = all_lines(lines);
    REQUIRE(all.size() == 7);
    CHECK(all[2] == "longer than many a buffer here\n");
    CHECK(all[6] == std::string(900, 'x') + "\n");
    PartLines bytes(path, vouched(text), "journal", '\n', buffer_bytes);
    std::string joined;
    for (std::string_view part; bytes.next_bytes(part);) joined += part;
    CHECK(joined == text);
  }
}

TEST_CASE("lines end with what they were asked to end with, and the last one may have no end") {
  const TemporaryFolder folder;
  const std::string text("a\nb\0c\0d", 7);
  PartLines lines(folder.file("part", text), vouched(text), "journal", '\0', 2);
  CHECK(all_lines(lines) ==
        std::vector<std::string>{std::string("a\nb\0", 4), std::string("c\0", 2), "d"});
}

TEST_CASE("an empty file has no lines") {
  const TemporaryFolder folder;
  PartLines lines(folder.file("part", ""), vouched(""), "journal", '\n', 64);
  std::string_view line;
  CHECK_FALSE(lines.next(line));
  CHECK_FALSE(lines.next_bytes(line));
  PartLines none("no such file", vouched(""), "journal", '\n', 64);
  CHECK_FALSE(none.next(line));
}

TEST_CASE("other bytes than were written are found before the last line is given") {
  const TemporaryFolder folder;
  const std::string text = "1\n2\n3\n4\n5\n";
  for (std::size_t place = 0; place < text.size(); ++place) {
    std::string changed = text;
    changed[place] = '9';
    for (const std::size_t buffer_bytes : {1U, 3U, 100U}) {
      PartLines lines(folder.file("part", changed), vouched(text), "journal", '\n', buffer_bytes);
      CHECK_THROWS_AS(all_lines(lines), UsageError);
    }
  }
  PartLines shorter(folder.file("part", "1\n2\n"), vouched(text), "journal", '\n', 4);
  CHECK_THROWS_AS(all_lines(shorter), UsageError);
}

TEST_CASE("bytes behind those that were written are not read") {
  const TemporaryFolder folder;
  PartLines lines(folder.file("part", "1\n2\n3\n"), vouched("1\n2\n"), "journal", '\n', 64);
  CHECK(all_lines(lines) == std::vector<std::string>{"1\n", "2\n"});
}
