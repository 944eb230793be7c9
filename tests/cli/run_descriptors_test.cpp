// SPDX-License-Identifier: Apache-2.0
// What foreign code finds open: nothing that forkmap has opened for itself, and all that others
// have.

#include <algorithm>
#include <filesystem>

#include "tests/catch.hpp"
#include "tests/cli/output_run.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

namespace {

const std::string kPlugin = test_plugin("descriptors");

// Every file that a run can write, in `folder`.
std::vector<std::string> all_files(const TestFolder& folder) {
  const std::string& at = folder.path();
  return {"--output",     at + "/O",      "--failures",  at + "/failures", "--joblog",
          at + "/joblog", "--trace",      at + "/trace", "--stats",        at + "/stats",
          "--report",     at + "/report", "--crash-dir", at + "/crashes",  "--overwrite"};
}

std::vector<std::string> run_of(const std::string& function, std::vector<std::string> more,
                                const std::vector<std::string>& items) {
  std::vector<std::string> all = {"run", kPlugin + ":" + function};
  all.insert(all.end(), more.begin(), more.end());
  all.insert(all.end(), items.begin(), items.end());
  return all;
}

// What a function has told, without what this test has, and so its children, from its own caller.
std::string not_inherited(std::string results) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string() + ";";
    if (gone || target.starts_with("anon_inode:")) continue;  // of which all have one name
    for (auto at = results.find(target); at != std::string::npos; at = results.find(target)) {
      results.erase(at, target.size());
    }
  }
  return results;
}

std::string bash_run(const std::string& words) { return FORKMAP_COMMAND " run " + words; }

Ended bash(const std::string& script) {
  Launch launch;
  launch.command = {"/bin/bash", "-c", script};
  launch.environment = {{"PLUGIN", kPlugin}};
  return ChildProcess(launch).finish();
}

}  // namespace

TEST_CASE("a function that writes to every descriptor reaches no file of the run") {
  const std::string last = GENERATE("400", "1500");
  const TestFolder folder;
  const std::vector<std::string> items(20, last);
  auto words = all_files(folder);
  words.insert(words.end(), {"-j2", "--chunk", "1"});
  const Ended run = run_forkmap(run_of("scribble", words, items));
  INFO(run.errors);
  CHECK(run.status == 0);
  std::string wanted;
  for (const std::string& item : items) wanted += item + "\n";
  CHECK(folder.read("O") == wanted);
  for (const char* name : {"O.journal", "failures", "joblog", "trace", "stats", "report"}) {
    CAPTURE(name);
    CHECK_FALSE(contains(folder.read(name), "abc"));
  }
  CHECK(folder.read("joblog").starts_with("Seq\t"));
  CHECK(folder.read("trace").starts_with("[\n"));
  CHECK(std::filesystem::is_empty(folder.path() + "/crashes"));
  std::ranges::replace(words, std::string("--overwrite"), std::string("--resume"));
  const Ended again = run_forkmap(run_of("scribble", words, items));
  CHECK(again.status == 0);
  CHECK(contains(again.errors, "finished already"));
}

TEST_CASE("standard output has the results only, whatever a function writes where") {
  const Ended run = run_forkmap(run_of("scribble", {"-j2", "--chunk", "1"}, {"400", "401"}));
  CHECK(run.status == 0);
  CHECK(run.output == "400\n401\n");
}

TEST_CASE("a function that closes descriptors twice costs the run nothing") {
  const TestFolder folder;
  auto words = all_files(folder);
  words.insert(words.end(), {"-j2", "--chunk", "1", "--retries", "0"});
  const Ended run = run_forkmap(run_of("close_twice", words, {"400", "300", "400", "300"}));
  INFO(run.errors);
  CHECK(run.status == 0);
  CHECK(folder.read("O") == "400\n300\n400\n300\n");
}

TEST_CASE("a worker, and a program that it starts, hold nothing of the host's or of others") {
  const std::string function = GENERATE("held", "held_by_program");
  const std::string output = GENERATE("stderr", "tag", "discard");
  CAPTURE(function, output);
  const TestFolder folder;
  auto words = all_files(folder);
  words.insert(words.end(), {"-j3", "--chunk", "1", "--worker-output", output});
  const Ended run = run_forkmap(run_of(function, words, {"1", "2", "3", "4", "5", "6"}));
  INFO(run.errors);
  REQUIRE(run.status == 0);
  const std::string results = not_inherited(folder.read("O"));
  CAPTURE(results);
  CHECK(count_of(results, "\n") == 6);
  CHECK_FALSE(contains(results, folder.path()));
  for (const char* kind : {"socket:", "pipe:", "[signalfd]", "[eventpoll]", "[timerfd]", "[pidfd]",
                           "forkmap-inputs", "forkmap-results", "forkmap-arena"}) {
    CAPTURE(kind);
    CHECK_FALSE(contains(results, kind));
  }
  // The bell that a worker rings, and nothing in a program.
  CHECK(count_of(results, "[eventfd]") == (function == "held" ? 6 : 0));
}

TEST_CASE("workers that are forked later hold nothing of the host's either") {
  const TestFolder folder;
  auto words = all_files(folder);
  words.insert(words.end(), {"-j2", "--chunk", "1", "--recycle", "1"});
  const Ended run = run_forkmap(run_of("held", words, {"1", "2", "3", "4", "5", "6", "7", "8"}));
  REQUIRE(run.status == 0);
  const std::string results = not_inherited(folder.read("O"));
  CHECK_FALSE(contains(results, folder.path()));
  CHECK_FALSE(contains(results, "socket:"));
  CHECK(count_of(results, "[eventfd]") == 8);
}

TEST_CASE("what a plugin has opened in its constructor and its hooks stays open") {
  const Ended run =
      run_forkmap(run_of("own", {"-j2", "--chunk", "1", "--recycle", "1"}, {"1", "2", "3", "4"}));
  INFO(run.errors);
  CHECK(run.status == 0);
  CHECK(run.output ==
        "constructor preload start\nconstructor preload start\n"
        "constructor preload start\nconstructor preload start\n");
}

TEST_CASE("what the caller has opened stays open, whatever its number") {
  for (const std::string number : {"7", "63", "200", "600", "1000"}) {
    CAPTURE(number);
    const Ended run =
        bash(bash_run("\"$PLUGIN\":read_from -j1 " + number) + " " + number + "< <(echo given)");
    INFO(run.errors);
    CHECK(run.status == 0);
    CHECK(run.output == "given\\n\n");
  }
}

TEST_CASE("an input that is a process substitution is read by the run, and stays the shell's") {
  const Ended run = bash(bash_run("arith:square --input <(seq 3)"));
  CHECK(run.status == 0);
  CHECK(run.output == "1\n4\n9\n");
}
