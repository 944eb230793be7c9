// SPDX-License-Identifier: Apache-2.0
#include "host/failures/crash_files.hpp"

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::host;
using forkmap::CrashReport;

TEST_CASE("the name of a crash file has no character of a function that a folder would mind") {
  CrashReport report;
  report.function = "my.plugin:../../etc/pass wd";
  report.pid = 12;
  CHECK(crash_file_name(report, {.number = 7}) ==
        "crash-my_plugin-______etc_pass_wd-item7-attempt1-pid12");
  report.function = std::string(500, 'f');
  CHECK(crash_file_name(report, {.number = 7}).size() < 120);
}

TEST_CASE("the name of a crash file says on which node the worker was") {
  CrashReport report;
  report.function = "faulty:crash";
  report.pid = 12;
  CHECK(crash_file_name(report, {.number = 7, .node = "n3"}) ==
        "crash-faulty-crash-item7-attempt1-pid12-n3");
  CHECK(crash_file_name(report, {.number = 7, .node = "../a b"}) ==
        "crash-faulty-crash-item7-attempt1-pid12-___a_b");
}

TEST_CASE("two crashes that differ by their node only have a file each") {
  const forkmap::cli::TestFolder folder;
  CrashFiles files(folder.path() + "/crashes");
  forkmap::host::Diagnostics diagnostics;
  const CrashReport report;
  for (const char* const node : {"", "n1", "n2", "n2"}) {
    files.write(report, {.number = 7, .node = node}, diagnostics);
  }
  CHECK(folder.read("crashes/crash--item7-attempt1-pid0.txt").find("\nnode ") == std::string::npos);
  for (const char* const name : {"n1", "n2"}) {
    const std::string text =
        folder.read("crashes/crash--item7-attempt1-pid0-" + std::string(name) + ".txt");
    CHECK(forkmap::cli::contains(text, "\nnode         " + std::string(name) + "\n"));
  }
  CHECK_FALSE(folder.read("crashes/crash--item7-attempt1-pid0-n2-2.txt").empty());
}
