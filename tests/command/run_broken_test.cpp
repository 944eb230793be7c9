// SPDX-License-Identifier: Apache-2.0
// Pools that break while they run.

#include <filesystem>

#include "tests/catch.hpp"
#include "tests/command/item_lines.hpp"
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

TEST_CASE("workers that are killed as soon as their start hook is done are told, and items wait") {
  ChildProcess child(launch_of({"run", "-j1", test_plugin("start_dooms") + ":kept_value"}));
  CHECK(
      child.reads_error("no worker can be started now (workers die without having done anything: "
                        "the last was killed by SIGKILL (killed)); trying again"));
  child.close_input();  // no items come
  const Ended ended = child.finish();
  CHECK(ended.status == 0);
  CHECK(ended.output.empty());
}

TEST_CASE("after a pool broke each item that is at hand has its outcome, whatever the chunk") {
  const std::string chunk = GENERATE("1", "3", "7", "100");
  const std::string from = GENERATE("arguments", "a file", "a pipe", "a shard");
  CAPTURE(chunk, from);
  const TestFolder folder;
  const std::string log = folder.path() + "/log";
  std::vector<std::string> words = {"--chunk", chunk, "--failures", log};
  if (from == "a file") words.insert(words.end(), {"--input", folder.file("I", numbers(20))});
  if (from == "a shard") words.insert(words.end(), {"--shard", "1/2"});
  words = breaking(folder, "3", words);
  if (from == "arguments") {
    for (int i = 1; i <= 20; ++i) words.push_back(std::to_string(i));
  }
  const bool is_stream = from == "a pipe" || from == "a shard";
  const Ended ended = run_forkmap(words, is_stream ? numbers(20) : "");
  INFO(ended.errors);
  CHECK(ended.status == 3);
  const std::string failures = folder.read("log");
  if (from == "a shard") {
    CHECK(ended.output == "1\n");
    CHECK(count_of(failures, "\n") == 9);
    CHECK(contains(failures, "{\"item\":19,\"text\":\"19\""));
  } else {
    CHECK(ended.output == numbers(2));
    CHECK(count_of(failures, "\n") == 18);
    CHECK(contains(failures, "{\"item\":20,\"text\":\"20\""));
  }
  CHECK(count_of(failures, "\"WorkerDied\"") == 1);
}

TEST_CASE("a reduction over a pool that broke is of what was run") {
  const TestFolder folder;
  const std::string input = folder.file("input", numbers(20));
  const Ended ended =
      run_forkmap(breaking(folder, "3", {"--chunk", "1", "--reduce", "sum", "--input", input}));
  INFO(ended.errors);
  CHECK(ended.status == 3);
  CHECK(ended.output.empty());
  CHECK(contains(ended.errors, "partial sum, of the 2 items that did not fail: 3\n"));
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
