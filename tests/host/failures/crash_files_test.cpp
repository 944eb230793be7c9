// SPDX-License-Identifier: Apache-2.0
#include "host/failures/crash_files.hpp"

#include "tests/catch.hpp"

using namespace forkmap::host;
using forkmap::CrashReport;

TEST_CASE("the name of a crash file has no character of a function that a folder would mind") {
  CrashReport report;
  report.function = "my.plugin:../../etc/pass wd";
  report.pid = 12;
  CHECK(crash_file_name(report, 7) == "crash-my_plugin-______etc_pass_wd-item7-attempt1-pid12");
  report.function = std::string(500, 'f');
  CHECK(crash_file_name(report, 7).size() < 120);
}
