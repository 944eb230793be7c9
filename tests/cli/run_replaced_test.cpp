// SPDX-License-Identifier: Apache-2.0
//
// A run whose executable is replaced meanwhile, as an upgrade does it.
#include <filesystem>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
namespace fs = std::filesystem;

TEST_CASE("K5: the replay line of a run whose executable was replaced can be pasted") {
  const bool is_moved_away_first = GENERATE(false, true);
  const TestFolder folder;
  const std::string command = folder.path() + "/forkmap";
  fs::copy_file(FORKMAP_COMMAND, command);
  fs::copy_file(FORKMAP_COMMAND, folder.path() + "/new");
  ChildProcess run({.command = {command, "run", "--chunk", "1", "--progress", "never",
                                test_plugin("believed") + ":large_frame"}});
  run.write("1\n");
  REQUIRE(run.reads("1\n"));  // it is running
  if (is_moved_away_first) {
    fs::rename(command, folder.path() + "/old");
    fs::remove(folder.path() + "/old");
  }
  fs::rename(folder.path() + "/new", command);
  const Ended ended = run.finish("300\n");
  CHECK(ended.status == 1);
  CHECK(contains(ended.errors, "to replay it: " + command + " run --serial"));
  CHECK_FALSE(contains(ended.errors, "(deleted)"));
}
