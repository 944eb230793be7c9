// SPDX-License-Identifier: Apache-2.0
// What functions print: when it appears, and with which failures it is told.

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/catch.hpp"
#include "tests/cli/item_lines.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using namespace std::string_literals;
using nlohmann::json;

namespace {

std::string talk() { return test_plugin("foreign") + ":talk"; }

std::vector<json> failures_of(const std::string& text) {
  std::vector<json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(json::parse(line));
  return lines;
}

}  // namespace

TEST_CASE("a failed item is told with what it printed, and with nothing of others, in any chunk") {
  for (const char* chunk : {"1", "2", "5", "100"}) {
    INFO("chunk " << chunk);
    const TestFolder folder;
    const Ended ended = run_forkmap(
        {"run", "-j1", "--chunk", chunk, "--failures", folder.path() + "/failures", talk()},
        "fail:first\nfail:second\nquiet:\nfail:fourth%0aline%0d\n");
    const auto failures = failures_of(folder.read("failures"));
    REQUIRE(failures.size() == 4);
    CHECK(failures[0]["printed"] == "first");
    CHECK(failures[0]["printed_by"] == json({1, 1}));
    CHECK(failures[1]["printed"] == "second");
    CHECK(failures[1]["printed_by"] == json({2, 2}));
    CHECK_FALSE(failures[2].contains("printed"));
    CHECK(failures[3]["printed"] == "fourth\nline\r");
    CHECK(contains(ended.errors, "it failed\n  printed: first\n"));
    CHECK(contains(ended.errors, "\n  printed: fourth\\nline\\r\n"));
    CHECK(count_of(ended.errors, "printed") == 3);
    CHECK(contains(ended.errors, "first\nsecond\n"));  // as it was printed
  }
}

TEST_CASE("what several items can have printed is told with all of them") {
  const TestFolder folder;
  const Ended ended = run_forkmap({"run", "-j1", "--chunk", "100", "--first-item", "11",
                                   "--failures", folder.path() + "/failures", talk()},
                                  "ok:a warning\nok:another\nquiet:\nok:a third\nfail:itself\n");
  const auto failures = failures_of(folder.read("failures"));
  REQUIRE(failures.size() == 2);
  CHECK(failures[0]["printed"] == "a warning\nanother");
  CHECK(failures[0]["printed_by"] == json({11, 13}));
  CHECK(failures[1]["printed"] == "a third\nitself");
  CHECK(failures[1]["printed_by"] == json({14, 15}));
  CHECK(contains(ended.errors, "printed by items 11 to 13: a warning\\nanother\n"));
}

TEST_CASE("a death is told with what was printed before it, whatever the way to die") {
  for (const auto& [verb, kind] :
       {std::pair{"crash", "WorkerDied"}, std::pair{"exit", "WorkerDied"},
        std::pair{"hang", "TimedOut"}}) {
    INFO(verb);
    const TestFolder folder;
    const Ended ended =
        run_forkmap({"run", "-j1", "--retries", "0", "--timeout", "500ms", "--failures",
                     folder.path() + "/failures", "--crash-dir", folder.path() + "/crashes",
                     "--report", folder.path() + "/report", "--fill", "none", "--format", "jsonl",
                     talk(), std::string(verb) + ":the%0areason"});
    CHECK(ended.status == 1);
    CHECK(contains(ended.errors, kind));
    CHECK(contains(ended.errors, "\n  printed: the\\nreason\n"));
    CHECK(contains(ended.errors, "the\nreason\n"));
    const auto failures = failures_of(folder.read("failures"));
    REQUIRE(failures.size() == 1);
    CHECK(failures[0]["printed"] == "the\nreason");
    CHECK(json::parse(ended.output)["printed"] == "the\nreason");
    CHECK(contains(folder.read("report"), "printed: the\\nreason"));
    if (kind == "WorkerDied"s) {
      for (const auto& file : std::filesystem::directory_iterator(folder.path() + "/crashes")) {
        const std::string report = folder.read("crashes/" + file.path().filename().string());
        CHECK(contains(report, "printed      the\nprinted      reason\n"));
      }
    }
  }
}

TEST_CASE("of much that was printed the last 4 KiB are kept") {
  const TestFolder folder;
  std::string words = "begin";
  words.append(6000, 'x').append("end");
  const Ended ended = run_forkmap({"run", "-j1", "--failures", folder.path() + "/failures", talk()},
                                  "fail:" + words + "\n");
  const auto failures = failures_of(folder.read("failures"));
  REQUIRE(failures.size() == 1);
  const auto printed = failures[0]["printed"].get<std::string>();
  CHECK(printed.size() == 4095);  // and the newline
  CHECK(printed.ends_with("xxxend"));
  CHECK(contains(ended.errors, "printed: ...xxx"));
  CHECK(contains(ended.errors, words + "\n"));
}

TEST_CASE("many failures that print are each told with their own") {
  const TestFolder folder;
  std::string lines;
  for (int item = 1; item <= 1000; ++item) lines += "fail:reason " + std::to_string(item) + ".\n";
  const Ended ended = run_forkmap(
      {"run", "-j2", "--chunk", "7", "--failures", folder.path() + "/failures", talk()}, lines);
  CHECK(count_of(ended.errors, "reason 1000.\n") >= 1);
  const auto failures = failures_of(folder.read("failures"));
  REQUIRE(failures.size() == 1000);
  for (const json& failure : failures) {
    const std::string number = std::to_string(failure["item"].get<int>());
    REQUIRE(failure["printed"] == "reason " + number + ".");
  }
}

TEST_CASE("what a function prints appears while it still runs") {
  ChildProcess run(launch_of({"run", "-j1", talk(), "hang:here it is"}));
  CHECK(run.reads_error("here it is\n"));
  run.signal(SIGKILL);
}

TEST_CASE(
    "a line without an end does not hold up the other items, and comes in pieces with its tag") {
  const Ended ended = run_forkmap({"run", "-j2", "--chunk", "1", "--worker-output", "tag", talk(),
                                   "flood:25000000", "ok:one", "ok:two"});
  CHECK(ended.output == "flooded\nok\nok\n");
  CHECK(count_of(ended.errors, ".") >= 25'000'000);
  CHECK(count_of(ended.errors, "[w") >= 1000);
  CHECK(contains(ended.errors, "] one\n"));
}

TEST_CASE("what functions print can be left to the terminal, or thrown away") {
  const Ended inherited =
      run_forkmap({"run", "--worker-output", "inherit", talk(), "fail:directly"});
  CHECK(contains(inherited.errors, "directly\n"));
  CHECK_FALSE(contains(inherited.errors, "printed"));
  const Ended tagged = run_forkmap({"run", "--worker-output", "tag", talk(), "fail:tag%1b[2Jged"});
  CHECK(contains(tagged.errors, "] tag\\x1b[2Jged\n"));
  CHECK(contains(tagged.errors, "printed: tag\\x1b[2Jged\n"));
}

TEST_CASE("a message of ours begins its own line behind what a function has left open") {
  const Ended ended = run_forkmap({"run", "-j1", talk(), "flood:10", "quiet:"});
  CHECK(contains(ended.errors, "..........\nforkmap: item 2"));
}
