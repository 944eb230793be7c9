// SPDX-License-Identifier: Apache-2.0
// Pools that break while they run.

#include <filesystem>

#include "tests/catch.hpp"
#include "tests/cli/item_lines.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

namespace {

// The worker dies at one item, and no other comes up.
std::vector<std::string> breaking(const TestFolder& folder, const std::string& at,
                                  const std::vector<std::string>& more) {
  std::vector<std::string> all = {"run", "-j1", "--retries", "0", "--param", "at=" + at};
  for (const char* const name : {"gate=", "closed="}) {
    all.insert(all.end(), {"--param", name + folder.path() + "/gate"});
  }
  all.insert(all.end(), more.begin(), more.end());
  all.push_back(test_plugin("gates") + ":break_at");
  return all;
}

}  // namespace

TEST_CASE("a pool that breaks ends the run with status 3, whatever the chunk and the input") {
  struct Case {
    std::string chunk;
    long items;
  };
  for (const Case& each :
       {Case{"auto", 20}, Case{"1", 20}, Case{"1000", 20}, Case{"auto", 200'000}}) {
    CAPTURE(each.chunk, each.items);
    const TestFolder folder;
    const Ended ended =
        run_forkmap(breaking(folder, "7", {"--chunk", each.chunk}), numbers(each.items));
    INFO(ended.errors);
    CHECK(ended.status == 3);
    CHECK(ended.output == numbers(6));
    CHECK(contains(ended.errors, "item 7 (\"7\"): WorkerDied"));
    CHECK(contains(ended.errors, "(5 in a row)\n"));
  }
}

TEST_CASE("a pool that breaks when every item has its outcome is no matter") {
  for (const std::string chunk : {"1", "8"}) {
    CAPTURE(chunk);
    const TestFolder folder;
    const std::string input = folder.file("input", numbers(8));
    const Ended ended = run_forkmap(breaking(folder, "8", {"--chunk", chunk, "--input", input}));
    INFO(ended.errors);
    CHECK(ended.status == 1);
    CHECK(ended.output == numbers(7));
  }
}

TEST_CASE("a run whose pool broke behind the end of its input goes on where it was") {
  const TestFolder folder;
  const std::string input = folder.file("input", numbers(40));
  const std::vector<std::string> output = {"--input", input, "--output", folder.path() + "/O"};
  const Ended broken = run_forkmap(breaking(folder, "7", output));
  INFO(broken.errors);
  CHECK(broken.status == 3);
  CHECK(contains(broken.errors, "--resume goes on"));
  std::filesystem::remove(folder.path() + "/gate");
  std::vector<std::string> resumed = breaking(folder, "7", output);
  resumed.insert(resumed.begin() + 1, "--resume");
  const Ended second = run_forkmap(resumed);
  INFO(second.errors);
  CHECK(second.status == 1);
  CHECK(folder.read("O") == numbers(6) + numbers(8, 40));
}
