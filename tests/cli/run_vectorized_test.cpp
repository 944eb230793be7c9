// SPDX-License-Identifier: Apache-2.0
// Vectorized functions over lines.
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

TEST_CASE("a vectorized function runs over lines, and only its guilty items fail") {
  std::string lines;
  std::string wanted;
  for (int i = 0; i < 2000; ++i) {
    const bool is_guilty = i == 700 || i == 1500;
    lines += std::to_string(i) + "\t0\t" + (is_guilty ? "0" : "1") + "\n";
    if (!is_guilty) wanted += std::to_string(i) + "\n";
  }
  for (const bool serial : {false, true}) {
    std::vector<std::string> arguments{"run", "stats:z_score"};
    if (serial) arguments.emplace_back("--serial");
    const Ended ended = run_forkmap(arguments, lines);
    CHECK(ended.output == wanted);
    CHECK(contains(ended.errors, "item 701"));
    CHECK(contains(ended.errors, "item 1501"));
    CHECK(contains(ended.errors, "a deviation must be above 0"));
    CHECK(ended.status == 1);
  }
}

TEST_CASE("a vectorized function that crashes costs its guilty item") {
  const Ended ended = run_forkmap(
      {"run", test_plugin("vectors") + ":crash_on_three", "-j2", "1", "2", "3", "4", "5"});
  CHECK(ended.output == "1\n2\n4\n5\n");
  CHECK(contains(ended.errors, "item 3"));
  CHECK(contains(ended.errors, "WorkerDied"));
  CHECK(contains(ended.errors, "SIGSEGV"));
  CHECK(ended.status == 1);
}
