// SPDX-License-Identifier: Apache-2.0
#include "host/crash_text.hpp"

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap;
using namespace forkmap::host;
using cli::contains;

namespace {

std::string text_with(std::string_view item) {
  return crash_text(CrashReport{}, {.number = 7, .text = item, .replay = ""}, {});
}

}  // namespace

TEST_CASE("every byte of an item's text can be told from a crash file") {
  CHECK(contains(text_with("it's \"x\\y\"\t\n"), "text         \"it's \\\"x\\\\y\\\"\\t\\n\"\n"));
  CHECK(contains(text_with(std::string_view("\0\1\xff", 3)), "text         \"\\x00\\x01\\xff\"\n"));
  CHECK(contains(text_with(""), "text         \"\"\n"));
}

TEST_CASE("a long text stands in a crash file whole") {
  CHECK(contains(text_with(std::string(100'000, 'x')), " \"" + std::string(100'000, 'x') + "\"\n"));
}

TEST_CASE("the name of a crash file has no character of a function that a folder would mind") {
  CrashReport report;
  report.function = "my.plugin:../../etc/pass wd";
  report.pid = 12;
  CHECK(crash_file_name(report, 7) == "crash-my_plugin-______etc_pass_wd-item7-attempt1-pid12");
  report.function = std::string(500, 'f');
  CHECK(crash_file_name(report, 7).size() < 120);
}
