// SPDX-License-Identifier: Apache-2.0
// Results in a file, and runs that are killed and go on.

#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "tests/catch.hpp"
#include "tests/cli/child_process.hpp"
#include "tests/cli/process_tree.hpp"

using namespace forkmap::cli;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr int kKilled = 128 + SIGKILL;

std::string numbers(int last) {
  std::string lines;
  for (int i = 1; i <= last; ++i) lines += std::to_string(i) + "\n";
  return lines;
}

std::string squares(long last) {
  std::string lines;
  for (long i = 1; i <= last; ++i) lines += std::to_string(i * i) + "\n";
  return lines;
}

// A run over a folder of its own, with the output in "O".
class Run {
 public:
  explicit Run(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {}

  [[nodiscard]] std::vector<std::string> with(const std::vector<std::string>& more) const {
    std::vector<std::string> all = {"run", "--output", folder.path() + "/O"};
    all.insert(all.end(), arguments_.begin(), arguments_.end());
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  [[nodiscard]] Ended to_its_end(const std::vector<std::string>& more,
                                 std::string_view input = {}) const {
    return run_forkmap(with(more), input);
  }
  // Killed after so long; its status as a shell shows it.
  [[nodiscard]] int for_a_while(std::chrono::microseconds time,
                                const std::vector<std::string>& more) const {
    ChildProcess process(launch_of(with(more)));
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end && state_of(process.pid()) != 'Z') {
      std::this_thread::sleep_for(200us);
    }
    process.signal(SIGKILL);
    return process.finish().status;
  }
  // Killed once so many bytes of results are there.
  void killed_at(std::uintmax_t bytes, const std::vector<std::string>& more) const {
    ChildProcess process(launch_of(with(more)));
    std::error_code none_yet;
    while (state_of(process.pid()) != 'Z') {
      const auto size = fs::file_size(folder.path() + "/O", none_yet);
      if (!none_yet && size >= bytes && records() > 0) break;
      std::this_thread::sleep_for(1ms);
    }
    process.signal(SIGKILL);
    REQUIRE(process.finish().status == kKilled);
  }
  [[nodiscard]] std::string output() const { return folder.read("O"); }
  [[nodiscard]] std::string journal() const { return folder.read("O.journal"); }
  [[nodiscard]] std::size_t records() const { return count_of(journal(), "\"sequence\""); }

  TestFolder folder;

 private:
  std::vector<std::string> arguments_;
};

// A function that takes its time, so that a run can be met in its middle.
std::vector<std::string> slow(const std::string& input) {
  return {test_plugin("faulty") + ":sleep_ms", "-j2", "--input", input};
}

std::string same_items(int count, const std::string& text) {
  std::string lines;
  for (int i = 0; i < count; ++i) lines += text + "\n";
  return lines;
}

}  // namespace

TEST_CASE("results go to a file, and nothing to standard output") {
  const Run run({"arith:square", "3", "x", "4"});
  const Ended ended = run.to_its_end({});
  CHECK(ended.status == 1);
  CHECK(ended.output == "");
  CHECK(run.output() == "9\n16\n");
  CHECK(count_of(run.folder.read("O.failures"), "\"kind\":\"BadItem\"") == 1);
  CHECK(contains(run.journal(), "\"finished\":true"));
}

TEST_CASE("a run that is killed at fifty random moments gives the undisturbed file") {
  constexpr int kItems = 2'000'000;
  const Run run({"-p", "arith", "-j2", "square"});
  const std::string input = run.folder.file("I", numbers(kItems));
  std::minstd_rand random(11);
  int kills = 0;
  for (int round = 0; kills < 50 && round < 400; ++round) {
    // Whatever a run has reached, it is met before it; and now and then all begins again.
    const auto time = std::chrono::microseconds(random() % 150'000);
    const bool anew = round % 8 == 0;
    const int status = run.for_a_while(time, {"--input", input, anew ? "--overwrite" : "--resume"});
    REQUIRE((status == kKilled || status == 0));
    kills += status == kKilled;
    if (status == 0) REQUIRE((run.output() == squares(kItems)));
  }
  CHECK(kills == 50);
  const Ended ended = run.to_its_end({"--input", input, "--resume"});
  INFO(ended.errors);
  CHECK(ended.status == 0);
  CHECK((run.output() == squares(kItems)));
}

TEST_CASE("a slow run that is killed goes on where it was, with its failures") {
  const Run run(
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
  const Run run({test_plugin("faulty") + ":sleep_ms", "-j1", "--chunk", "1", "--shard", "2/3",
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

TEST_CASE("an unfinished output is refused, and a finished one is not") {
  const Run run({});
  const std::string input = run.folder.file("I", same_items(200, "5"));
  run.killed_at(20, slow(input));
  const std::string before = run.output();
  const Ended refused = run.to_its_end(slow(input));
  CHECK(refused.status == 2);
  CHECK(contains(refused.errors, "is unfinished"));
  CHECK(contains(refused.errors, "--overwrite"));
  CHECK(run.output() == before);
  auto anew = slow(input);
  anew.push_back("--overwrite");
  CHECK(run.to_its_end(anew).status == 0);
  CHECK(run.output() == same_items(200, "5"));
  CHECK(run.to_its_end({"arith:square", "2"}).status == 0);
  CHECK(run.output() == "4\n");
}

TEST_CASE("a finished run is resumed by saying so") {
  const Run run({"arith:square", "2", "x"});
  CHECK(run.to_its_end({"--resume"}).status == 1);
  const Ended again = run.to_its_end({"--resume"});
  CHECK(again.status == 1);
  CHECK(contains(again.errors, "is finished already: 2 items, of which 1 failed"));
  CHECK(run.output() == "4\n");
}

TEST_CASE("what has changed is named, and refused unless it may") {
  const Run run({});
  const std::string input = run.folder.file("I", same_items(200, "5"));
  run.killed_at(20, slow(input));
  const auto changed = [&](const std::vector<std::string>& more) {
    auto all = slow(input);
    all.insert(all.end(), more.begin(), more.end());
    all.push_back("--resume");
    return run.to_its_end(all);
  };
  const std::string before = run.output();
  const Ended parameter = changed({"--param", "calib=9"});
  CHECK(parameter.status == 2);
  CHECK(contains(parameter.errors, "parameter calib was not given and is \"9\""));
  CHECK(contains(changed({"--tag"}).errors, "--tag was not given and is given"));
  CHECK(contains(changed({"--shard", "1/2"}).errors, "--shard was not given and is 1/2"));
  const Ended function = run.to_its_end({"arith:square", "--input", input, "--resume"});
  CHECK(function.status == 2);
  CHECK(contains(function.errors, "function was faulty:sleep_ms "));
  CHECK(contains(function.errors, "build-id of arith was not given"));
  CHECK(run.output() == before);
  const Ended anyway = changed({"--param", "calib=9", "--resume-anyway"});
  CHECK(anyway.status == 0);
  CHECK(contains(anyway.errors, "going on all the same"));
  CHECK(run.output() == same_items(200, "5"));
}

TEST_CASE("another input is refused, unless its items are to be counted off") {
  const Run run({});
  const std::string input = run.folder.file("I", same_items(200, "5"));
  run.killed_at(100, slow(input));
  const std::string before = run.output();
  auto resumed = slow(input);
  resumed.push_back("--resume");
  run.folder.file("I", "6\n" + same_items(199, "5"));
  const Ended other = run.to_its_end(resumed);
  CHECK(other.status == 2);
  CHECK(contains(other.errors, "the input does not begin with the "));
  run.folder.file("I", "5\n");
  CHECK(run.to_its_end(resumed).status == 2);
  CHECK(run.output() == before);
  run.folder.file("I", same_items(20, "66") + same_items(180, "5"));
  resumed.back() = "--resume-anyway";
  CHECK(run.to_its_end(resumed).status == 0);
  CHECK(count_of(run.output(), "\n") == 200);
  CHECK_FALSE(contains(run.output(), "66"));
}

TEST_CASE("a stream is resumed if it is given from its start again") {
  const Run run({"arith:square"});
  {
    ChildProcess process(launch_of(run.with({})));
    process.write(numbers(5000));
    while (run.records() == 0 && state_of(process.pid()) != 'Z') std::this_thread::sleep_for(1ms);
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

TEST_CASE("a second run of one output is refused while the first one goes") {
  const Run run({"arith:square"});
  ChildProcess process(launch_of(run.with({})));
  process.write("1\n");
  while (run.records() == 0 && state_of(process.pid()) != 'Z') std::this_thread::sleep_for(1ms);
  for (const char* option : {"--resume", "--overwrite"}) {
    const Ended second = run.to_its_end({option, "7"});
    CHECK(second.status == 2);
    CHECK(contains(second.errors, "(process " + std::to_string(process.pid()) + ")"));
  }
  process.write("2\n");
  CHECK(process.finish().status == 0);
  CHECK(run.output() == "1\n4\n");
}

TEST_CASE("an interrupted run says how much is there, and goes on") {
  const Run run({});
  const std::string input = run.folder.file("I", same_items(300, "5"));
  ChildProcess process(launch_of(run.with(slow(input))));
  while (run.records() == 0 && state_of(process.pid()) != 'Z') std::this_thread::sleep_for(1ms);
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
  const Run run({"--reduce", "sum"});
  const std::string input = run.folder.file("I", same_items(300, "5"));
  {
    ChildProcess process(launch_of(run.with(slow(input))));
    while (run.records() == 0 && state_of(process.pid()) != 'Z') std::this_thread::sleep_for(1ms);
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
  const Run run({"--serial"});
  const std::string input = run.folder.file("I", same_items(200, "5"));
  run.killed_at(20, slow(input));
  auto resumed = slow(input);
  resumed.push_back("--resume");
  CHECK(run.to_its_end(resumed).status == 0);
  CHECK(run.output() == same_items(200, "5"));
}

TEST_CASE("files that are not those of the journal are refused") {
  const Run run({"arith:square"});
  run.folder.file("O", "precious\n");
  const Ended foreign = run.to_its_end({"--resume", "1"});
  CHECK(foreign.status == 2);
  CHECK(run.output() == "precious\n");
  const Run other({});
  const std::string slow_input = other.folder.file("I", same_items(200, "5"));
  other.killed_at(60, slow(slow_input));
  fs::resize_file(other.folder.path() + "/O", 1);
  auto resumed = slow(slow_input);
  resumed.push_back("--resume");
  const Ended shorter = other.to_its_end(resumed);
  CHECK(shorter.status == 2);
  CHECK(contains(shorter.errors, "/O has 1 bytes"));
}

TEST_CASE("options and names that make no sense are refused") {
  const Run run({"arith:square", "1"});
  CHECK(run_forkmap({"run", "arith:square", "--resume", "1"}).status == 2);
  CHECK(run_forkmap({"run", "arith:square", "--overwrite", "1"}).status == 2);
  CHECK(run.to_its_end({"--resume", "--overwrite"}).status == 2);
  const Ended device = run_forkmap({"run", "arith:square", "--output", "/dev/full", "1"});
  CHECK(device.status == 2);
  CHECK(contains(device.errors, "no regular file"));
  const std::string input = run.folder.file("I", "1\n");
  CHECK(run_forkmap({"run", "arith:square", "--output", input, "--input", input}).status == 2);
  CHECK(run.folder.read("I") == "1\n");
}
