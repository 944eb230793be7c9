// SPDX-License-Identifier: Apache-2.0
// Results in a file, and runs that are killed and go on.

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <random>
#include <sstream>
#include <thread>

#include "tests/catch.hpp"
#include "tests/cli/output_run.hpp"
#include "tests/cli/process_tree.hpp"
#include "tests/cli/status_socket.hpp"
#include "tests/kit/child_process.hpp"

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
  // From before there is a journal to behind the end; what has come to its end begins anew. Every
  // third run gets a part of the items, and is killed when it has a record of some; the next goes
  // on from that.
  std::minstd_rand random(11);
  int kills = 0;
  int kills_at_record = 0;
  bool anew = true;
  for (int round = 0; kills < 50 && round < 500; ++round) {
    if (round % 3 == 0) {
      for (const char* const name : {"/O", "/O.journal", "/O.failures"}) {
        std::filesystem::remove(run.folder.path() + name);
      }
      run.up_to_record(numbers(1 + kItems / 1000 * static_cast<int>(random() % 500)));
      ++kills;
      ++kills_at_record;
      anew = false;
      continue;
    }
    const std::size_t begin = anew ? 0 : run.output().size();
    const std::size_t bytes = begin + (undisturbed.size() - begin) / 1000 * (random() % 1000);
    const int status = run.up_to_size(bytes, {"--input", input, anew ? "--overwrite" : "--resume"});
    REQUIRE((status == kKilled || status == 0));
    kills += status == kKilled;
    anew = status == 0;
    if (anew) REQUIRE((run.output() == undisturbed));
  }
  CHECK(kills == 50);
  CHECK(kills_at_record > 10);
  const Ended ended = run.to_its_end({"--input", input, "--resume"});
  INFO(ended.errors);
  CHECK(ended.status == 0);
  CHECK((run.output() == undisturbed));
}

TEST_CASE("a run that is killed again and again goes on where it was, with its failures") {
  const TestFolder gates;
  const OutputRun run({test_plugin("gates") + ":wait_each", "-j2", "--chunk", "1", "--tag",
                       "--fill", "no", "--param", "gate=" + gates.path() + "/gate"});
  constexpr int kItems = 300;
  std::string lines;
  std::string expected;
  for (int i = 0; i < kItems; ++i) {
    const std::string text = i % 7 == 0 ? "x" + std::to_string(i) : std::to_string(i);
    lines += text + "\n";
    expected += text + "\t" + (i % 7 == 0 ? "no" : text) + "\n";
  }
  const std::string input = run.folder.file("I", lines);
  std::size_t open = 0;
  const auto open_gates = [&](std::size_t count) {
    for (; open < count; ++open) (void)gates.file("gate." + std::to_string(open), "open");
  };
  for (const std::size_t count : {20U, 21U, 90U, 150U, 151U, 280U}) {
    open_gates(count);
    run.killed_when([&] { return count_of(run.output(), "\n") >= count; },
                    {"--input", input, "--resume"});
  }
  open_gates(kItems);
  const Ended ended = run.to_its_end({"--input", input, "--resume"});
  CHECK(ended.status == 1);
  CHECK(run.output() == expected);
  const std::string failures = run.folder.read("O.failures");
  CHECK(count_of(failures, "\n") == 43);
  for (int i = 0; i < kItems; i += 7) {
    CHECK(count_of(failures, "{\"item\":" + std::to_string(i + 1) + ",\"text\":\"x" +
                                 std::to_string(i) + "\"") == 1);
  }
}

TEST_CASE("an item has the number and the seed of the whole input after a resume, shards too") {
  const TestFolder gate;
  const OutputRun run({test_plugin("gates") + ":wait_at", "-j1", "--chunk", "1", "--shard", "2/3",
                       "--format", "jsonl", "--param", "at=7", "--param",
                       "gate=" + gate.path() + "/gate"});
  // The first half is done at once, the second behind the gate; other shards have other items.
  std::string lines;
  for (int i = 0; i < 240; ++i) lines += i % 3 != 1 ? "100000\n" : i < 120 ? "5\n" : "7\n";
  const std::string input = run.folder.file("I", lines);
  run.killed_at(200, {"--input", input});
  (void)gate.file("gate", "open");
  const Ended ended = run.to_its_end({"--input", input, "--resume"});
  CHECK(contains(ended.errors, "going on behind "));
  std::string expected;
  for (int i = 0; i < 80; ++i) {
    expected +=
        "{\"item\":" + std::to_string(3 * i + 2) + ",\"result\":" + (i < 40 ? "5" : "7") + "}\n";
  }
  CHECK(run.output() == expected);
}

TEST_CASE("results in any order are each there once, killed or not") {
  const TestFolder gates;
  const OutputRun run({test_plugin("gates") + ":wait_each", "-j4", "--chunk", "1", "--unordered",
                       "--format", "jsonl", "--fill", "no", "--param",
                       "gate=" + gates.path() + "/gate"});
  const std::vector<int> held = {5, 105, 205};
  const auto open_gate = [&gates](int item) {
    (void)gates.file("gate." + std::to_string(item), "open");
  };
  std::string lines;
  std::vector<std::string> expected;
  for (int i = 1; i <= 300; ++i) {
    const std::string item = "{\"item\":" + std::to_string(i);
    if (i % 50 == 7) {
      lines += "x\n";
      expected.push_back(item + ",\"error\":\"BadItem\",\"fill\":\"no\"}");
    } else {
      lines += std::to_string(i) + "\n";
      expected.push_back(item + ",\"result\":" + std::to_string(i) + "}");
      if (std::ranges::count(held, i) == 0) open_gate(i);
    }
  }
  const std::string input = run.folder.file("I", lines);
  // A worker is free whatever the others wait for. Each time one item more goes on, and what is
  // done behind those that do not is recorded.
  std::string last_opened;
  for (const int item : held) {
    const auto is_there = [&] {
      const std::string output = run.output();
      return count_of(output, "\n") >= 200 && contains(output, last_opened) &&
             contains(run.journal(), "\"also\":[[");
    };
    run.killed_when(is_there, {"--input", input, "--resume"});
    open_gate(item);
    last_opened = "{\"item\":" + std::to_string(item) + ",";
  }
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
  const std::string input = run.folder.file("I", numbers(300));
  ChildProcess process(launch_of(run.with(run.held(input))));
  run.wait_for_record(process);
  process.signal(SIGTERM);
  wait_until_ending(process.pid());
  run.open_gate();
  const Ended ended = process.finish();
  CHECK(ended.signal == SIGTERM);
  CHECK(contains(ended.errors, "is unfinished: it has the results of "));
  CHECK(run.folder.read("O.failures") == "");
  CHECK(run.to_its_end(run.held(input, {"--resume"})).status == 0);
  CHECK(run.output() == numbers(300));
}

TEST_CASE("a reduction goes on with its partial value") {
  const OutputRun run({"--reduce", "sum"});
  const std::string input = run.folder.file("I", numbers(300));
  run.killed_when([&run] { return run.records() > 0; }, run.held(input));
  CHECK(run.output() == "");
  run.open_gate();
  const Ended ended = run.to_its_end(run.held(input, {"--resume"}));
  CHECK(contains(ended.errors, "going on behind "));
  CHECK(run.output() == "45150\n");
}

TEST_CASE("one process without workers can be killed and resumed as well") {
  const OutputRun run({"--serial"});
  const std::string input = run.folder.file("I", numbers(200));
  auto words = run.held(input);
  std::erase(words, "-j2");  // it has none
  run.killed_at(20, words);
  run.open_gate();
  words.push_back("--resume");
  CHECK(run.to_its_end(words).status == 0);
  CHECK(run.output() == numbers(200));
}
