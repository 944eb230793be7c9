// SPDX-License-Identifier: Apache-2.0
// The demo, over a small folder in place of the compiler's; and whether it would notice what is
// wrong.
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

namespace {

constexpr int kFiles = 400;

void write_headers(const TestFolder& folder) {
  std::filesystem::create_directory(folder.path() + "/headers");
  for (int i = 0; i < kFiles; ++i) {
    std::string text;
    for (int line = 0; line < i % 37; ++line) text += "int a" + std::to_string(line) + ";\n";
    (void)folder.file("headers/name " + std::to_string(i) + ".h", text);
  }
  (void)folder.file("headers/odd'\"\xff.h", "no line end \x80\x80 \x01");
  std::filesystem::create_directory_symlink(folder.path(), folder.path() + "/headers/link");
}

Ended run_demo(const TestFolder& folder, Launch launch = {}) {
  return run_forkmap({"demo", folder.path() + "/headers"}, {}, launch);
}

// A `wc` that is found first in PATH.
Launch with_own_word_count(const TestFolder& folder, const std::string& script) {
  const std::string path = folder.file("wc", "#!/bin/sh\n" + script + "\n");
  ::chmod(path.c_str(), 0755);
  Launch launch;
  launch.environment = {{"PATH", folder.path() + ":" + std::getenv("PATH")}};
  return launch;
}

std::set<std::string> worker_pids(const std::string& text) {
  std::set<std::string> pids;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string worker;
    std::string pid;
    std::string calculating;
    words >> worker >> pid >> calculating;
    if (worker == "Worker" && calculating == "calculating") pids.insert(pid);
  }
  return pids;
}

}  // namespace

TEST_CASE("the demo plays the lesson and counts files with a worker killed") {
  const TestFolder folder;
  write_headers(folder);
  const Ended ended = run_demo(folder);
  INFO(ended.output << ended.errors);
  CHECK(ended.status == 0);
  CHECK(count_of(ended.output, "\n[1, 4, 9, 16, 25]\n") == 2);
  CHECK(count_of(ended.output, " calculating square of ") == 20);
  CHECK(worker_pids(ended.output).size() == 2);
  const std::vector<std::string> lines = {
      "The sum of the square of the first 20 integers is 2870",
      "1 worker:",
      "2 workers:",
      "4 workers:",
      "Square result: [1, 4, 9, 16, 25]",
      "Items in: 401, outcomes: 401, of them values: 401, errors: 0; lost: 0, given twice: 0",
      "Everything held."};
  for (const std::string& line : lines) {
    INFO(line);
    CHECK(count_of(ended.output, "\n" + line + "\n") == 1);
  }
  CHECK(count_of(ended.output, "\nCube result: [1, 8, 27, 64, 125]\n") == 2);
  CHECK(contains(ended.output, "StaleRegistry: function powers:cube of plugin powers"));
  CHECK(contains(ended.output, ", replaced by pid "));
  CHECK(contains(ended.errors, "was killed with SIGKILL after 201 of 401 files"));
  CHECK(contains(ended.errors, "401 of 401 done, 0 failed"));
  CHECK(!contains(ended.output, "DOES NOT HOLD"));
}

TEST_CASE("the demo fails where a number is not that of wc") {
  const TestFolder folder;
  write_headers(folder);
  // Right for the probe, which comes by standard input; one byte too many for files.
  const Launch launch = with_own_word_count(
      folder,
      "[ $# = 0 ] && exec /usr/bin/wc; /usr/bin/wc \"$@\" | awk '{ print $1, $2, $3 + 1 }'");
  const Ended ended = run_demo(folder, launch);
  CHECK(ended.status == 1);
  CHECK(count_of(ended.output, "DOES NOT HOLD: the numbers of ") == 401);
  CHECK(contains(ended.output, "0 of 401 files"));
}

TEST_CASE("the demo does not compare with a wc that counts words otherwise, and says so") {
  const TestFolder folder;
  write_headers(folder);
  const Ended ended = run_demo(folder, with_own_word_count(folder, "cat >/dev/null; echo 1 4 8"));
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "The comparison with wc is skipped: "));
}

TEST_CASE("the demo fails where there are no files") {
  const TestFolder folder;
  std::filesystem::create_directory(folder.path() + "/headers");
  const Ended ended = run_demo(folder);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "DOES NOT HOLD: there are files to read"));
}
