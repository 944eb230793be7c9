// SPDX-License-Identifier: Apache-2.0
// The stale registry, as the command shows it.

#include "tests/catch.hpp"

#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

TEST_CASE("a function of a late plugin is stale, and said to be with all there is to know") {
  const Ended ended =
      run_forkmap({"run", "-p", "arith", "--late-plugin", "powers", "cube", "1", "2", "3"});
  INFO(ended.errors);
  CHECK(ended.output == "");
  CHECK(ended.status == 1);
  CHECK(count_of(ended.errors, "StaleRegistry") == 3);
  for (const char* part :
       {"item 1 (\"1\")", "cube", "powers", "generation 2", "generation 1", "worker"}) {
    INFO(part);
    CHECK(contains(ended.errors, part));
  }
  CHECK(contains(ended.errors, "refork"));
}

TEST_CASE("option --on-stale refork cures it") {
  const Ended ended = run_forkmap({"run", "-p", "arith", "--late-plugin", "powers", "--on-stale",
                                   "refork", "cube", "1", "2", "3"});
  CHECK(ended.output == "1\n8\n27\n");
  CHECK(ended.errors == "");
  CHECK(ended.status == 0);
}

TEST_CASE("a late plugin leaves functions that were there before alone") {
  const Ended ended =
      run_forkmap({"run", "-p", "arith", "--late-plugin", "powers", "square", "1", "2", "3"});
  CHECK(ended.output == "1\n4\n9\n");
  CHECK(ended.status == 0);
}

TEST_CASE("a late plugin that FUNCTION names is not loaded earlier") {
  const Ended named = run_forkmap({"run", "--late-plugin", "powers", "powers:cube", "2"});
  CHECK(contains(named.errors, "StaleRegistry"));
  CHECK(named.status == 1);
  const std::string path = std::string(FORKMAP_PLUGIN_DIR) + "/powers.so";
  const Ended by_path = run_forkmap({"run", "--late-plugin", path, path + ":cube", "2"});
  CHECK(contains(by_path.errors, "StaleRegistry"));
  CHECK(by_path.status == 1);
}

TEST_CASE("a late plugin that cannot be loaded, or lacks the function, ends the run unrun") {
  for (const char* plugin : {"no_such_plugin", "arith"}) {
    const Ended ended = run_forkmap({"run", "--late-plugin", plugin, "cube", "2"});
    CHECK(ended.output == "");
    CHECK(ended.status == 2);
  }
}

TEST_CASE("without workers nothing is stale") {
  const Ended ended = run_forkmap({"run", "--serial", "--late-plugin", "powers", "cube", "2"});
  CHECK(ended.output == "8\n");
  CHECK(ended.status == 0);
}
