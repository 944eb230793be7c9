// SPDX-License-Identifier: Apache-2.0
// Results in a file, and runs that are killed and go on.

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <sstream>
#include <thread>

#include "tests/catch.hpp"
#include "tests/cli/child_process.hpp"
#include "tests/cli/output_run.hpp"
#include "tests/cli/process_tree.hpp"

using namespace forkmap::cli;
using namespace std::chrono_literals;

namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string sorted_lines(const std::string& text) {
  std::istringstream lines(text);
  std::vector<std::string> all;
  for (std::string line; std::getline(lines, line);) all.push_back(line);
  std::ranges::sort(all);
  return joined(all);
}

}  // namespace

TEST_CASE("results go to a file, and nothing to standard output") {
  const OutputRun run({"arith:square", "3", "x", "4"});
  const Ended ended = run.to_its_end({});
  CHECK(ended.status == 1);
  CHECK(ended.output == "");
  CHECK(run.output() == "9\n16\n");
  CHECK(count_of(run.folder.read("O.failures"), "\"kind\":\"BadItem\"") == 1);
  CHECK(contains(run.journal(), "\"finished\":true"));
}

TEST_CASE("a run that is killed at fifty random moments gives the undisturbed file") {
  constexpr int kItems = 2'000'000;
  const OutputRun run({"-p", "arith", "-j2", "square"});
  const std::string input = run.folder.file("I", numbers(kItems));
  REQUIRE(run.to_its_end({"--input", input}).status == 0);
  const std::string undisturbed = run.output();
  REQUIRE((undisturbed == squares(kItems)));
  // From before there is a journal to behind the end; what has come to its end begins anew.
  std::minstd_rand random(11);
  int kills = 0;
  bool anew = true;
  for (int round = 0; kills < 50 && round < 500; ++round) {
    const std::size_t begin = anew ? 0 : run.output().size();
    const std::size_t bytes = begin + (undisturbed.size() - begin) / 1000 * (random() % 1000);
    const int status = run.up_to_size(bytes, {"--input", input, anew ? "--overwrite" : "--resume"});
    REQUIRE((status == kKilled || status == 0));
    kills += status == kKilled;
    anew = status == 0;
    if (anew) REQUIRE((run.output() == undisturbed));
  }
  CHECK(kills == 50);
  const Ended ended = run.to_its_end({"--input", input, "--resume"});
  INFO(ended.errors);
  CHECK(ended.status == 0);
  CHECK((run.output() == undisturbed));
}

TEST_CASE("a slow run that is killed goes on where it was, with its failures") {
  const OutputRun run(
      {test_plugin("faulty") + ":sleep_ms", "-j2", "--chunk", "1", "--tag", "--fill", "no"});
  std::string lines;
  std::string expected;
  for (int i = 0; i < 300; ++i) {
    const std::string text = i % 7 == 0 ? "x" + std::to_string(i) : std::to_string(i % 9);
    lines += text + "\n";
    expected += text + "\t" + (i % 7 == 0 ? "no" : text) + "\n";
  }
  const std::string input = run.folder.file("I", lines);
  int kills = 0;
  for (int round = 0; round < 6; ++round) {
    kills += run.for_a_while(250ms, {"--input", input, "--resume"}) == kKilled;
  }
  CHECK(kills > 1);
  const Ended ended = run.to_its_end({"--input", input, "--resume"});
  CHECK(ended.status == 1);
  CHECK(run.output() == expected);
  const std::string failures = run.folder.read("O.failures");
  CHECK(count_of(failures, "\n") == 43);
  for (int i = 0; i < 300; i += 7) {
    CHECK(count_of(failures, "{\"item\":" + std::to_string(i + 1) + ",\"text\":\"x" +
                                 std::to_string(i) + "\"") == 1);
  }
}

TEST_CASE("an item has the number and the seed of the whole input after a resume, shards too") {
  const OutputRun run({test_plugin("faulty") + ":sleep_ms", "-j1", "--chunk", "1", "--shard", "2/3",
                       "--format", "jsonl"});
  std::string lines;
  for (int i = 0; i < 240; ++i) lines += std::to_string(i % 3 == 1 ? 5 : 100'000) + "\n";
  const std::string input = run.folder.file("I", lines);
  run.killed_at(200, {"--input", input});
  const Ended ended = run.to_its_end({"--input", input, "--resume"});
  CHECK(contains(ended.errors, "going on behind "));
  std::string expected;
  for (int i = 0; i < 80; ++i) {
    expected += "{\"item\":" + std::to_string(3 * i + 2) + ",\"result\":5}\n";
  }
  CHECK(run.output() == expected);
}

TEST_CASE("results in any order are each there once, killed or not") {
  const OutputRun run({test_plugin("faulty") + ":sleep_ms", "-j3", "--chunk", "1", "--unordered",
                       "--format", "jsonl", "--fill", "no"});
  std::string lines;
  std::vector<std::string> expected;
  for (int i = 1; i <= 300; ++i) {
    const std::string item = "{\"item\":" + std::to_string(i);
    const int time_ms = i % 100 == 5 ? 600 : i % 4;
    if (i % 50 == 7) {
      lines += "x\n";
      expected.push_back(item + ",\"error\":\"BadItem\",\"fill\":\"no\"}");
    } else {
      lines += std::to_string(time_ms) + "\n";
      expected.push_back(item + ",\"result\":" + std::to_string(time_ms) + "}");
    }
  }
  const std::string input = run.folder.file("I", lines);
  bool had_gap = false;
  int kills = 0;
  // Longer and longer, for machines on which a run takes long to begin.
  for (int round = 0; round < 8 || (round < 60 && !had_gap); ++round) {
    const auto time = 400ms + round / 8 * 200ms;
    kills += run.for_a_while(time, {"--input", input, "--resume"}) == kKilled;
    had_gap = had_gap || contains(run.journal(), "\"also\":[[");
  }
  CHECK(kills > 1);
  CHECK(had_gap);
  const Ended ended = run.to_its_end({"--input", input, "--resume"});
  CHECK(ended.status == 1);
  CHECK(sorted_lines(run.output()) == sorted_lines(joined(expected)));
  CHECK(count_of(run.folder.read("O.failures"), "\n") == 6);
}

TEST_CASE("many results in any order are each there once, killed at random moments") {
  constexpr int kItems = 400'000;
  const OutputRun run({"-p", "arith", "-j3", "square", "--unordered", "--chunk", "50"});
  const std::string input = run.folder.file("I", numbers(kItems));
  std::minstd_rand random(17);
  for (int round = 0; round < 20; ++round) {
    static_cast<void>(run.for_a_while(std::chrono::microseconds(random() % 200'000),
                                      {"--input", input, "--resume"}));
  }
  CHECK(run.to_its_end({"--input", input, "--resume"}).status == 0);
  CHECK((sorted_lines(run.output()) == sorted_lines(squares(kItems))));
}

TEST_CASE("a stream is resumed if it is given from its start again") {
  const OutputRun run({"arith:square"});
  {
    ChildProcess process(launch_of(run.with({})));
    process.write(numbers(5000));
    while (!contains(run.journal(), "\"items\":5000,\"input") && state_of(process.pid()) != 'Z')
      std::this_thread::sleep_for(1ms);
    process.signal(SIGKILL);
    REQUIRE(process.finish().status == kKilled);
  }
  CHECK(run.to_its_end({"--resume"}, "2\n" + numbers(5000)).status == 2);
  CHECK(run.to_its_end({"--resume"}, "1\n").status == 2);
  const Ended ended = run.to_its_end({"--resume"}, numbers(6000));
  INFO(ended.errors);
  CHECK(ended.status == 0);
  CHECK((run.output() == squares(6000)));
}

TEST_CASE("an interrupted run says how much is there, and goes on") {
  const OutputRun run({});
  const std::string input = run.folder.file("I", same_items(300, "5"));
  ChildProcess process(launch_of(run.with(slow(input))));
  run.wait_for_record(process);
  process.signal(SIGTERM);
  const Ended ended = process.finish();
  CHECK(ended.signal == SIGTERM);
  CHECK(contains(ended.errors, "is unfinished: it has the results of "));
  CHECK(run.folder.read("O.failures") == "");
  auto resumed = slow(input);
  resumed.push_back("--resume");
  CHECK(run.to_its_end(resumed).status == 0);
  CHECK(run.output() == same_items(300, "5"));
}

TEST_CASE("a reduction goes on with its partial value") {
  const OutputRun run({"--reduce", "sum"});
  const std::string input = run.folder.file("I", same_items(300, "5"));
  {
    ChildProcess process(launch_of(run.with(slow(input))));
    run.wait_for_record(process);
    process.signal(SIGKILL);
    REQUIRE(process.finish().status == kKilled);
  }
  CHECK(run.output() == "");
  auto resumed = slow(input);
  resumed.push_back("--resume");
  const Ended ended = run.to_its_end(resumed);
  CHECK(contains(ended.errors, "going on behind "));
  CHECK(run.output() == "1500\n");
}

TEST_CASE("one process without workers can be killed and resumed as well") {
  const OutputRun run({"--serial"});
  const std::string input = run.folder.file("I", same_items(200, "5"));
  run.killed_at(20, slow(input));
  auto resumed = slow(input);
  resumed.push_back("--resume");
  CHECK(run.to_its_end(resumed).status == 0);
  CHECK(run.output() == same_items(200, "5"));
}
