// SPDX-License-Identifier: Apache-2.0
// Items that fail: what is said, what is written, what the run ends with.

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/catch.hpp"
#include "tests/command/item_lines.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using namespace std::string_literals;
using nlohmann::json;

namespace {

std::vector<json> json_lines(const std::string& text) {
  std::vector<json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(json::parse(line));
  return lines;
}

// The command behind "to replay it: ".
std::string told_replay_of(const std::string& errors) {
  constexpr std::string_view mark = "to replay it: ";
  const std::size_t begin = errors.find(mark);
  REQUIRE(begin != std::string::npos);
  const std::size_t from = begin + mark.size();
  return errors.substr(from, errors.find('\n', from) - from);
}

Ended shell(const std::string& line) {
  Launch launch;
  launch.command = {"/bin/bash", "-c", line};
  return ChildProcess(launch).finish();
}

}  // namespace

TEST_CASE("a function's error costs its item only, and is told with number, text and reason") {
  const Ended ended = run_forkmap({"run", faulty() + ":throw_on_three", "1", "2", "3", "4"});
  CHECK(ended.output == "1\n2\n4\n");
  CHECK(contains(ended.errors, "item 3 (\"3\"): FunctionError: faulty:throw_on_three: "));
  CHECK(contains(ended.errors, "three is not allowed"));
  CHECK(count_of(ended.errors, "\n") == 1);
  CHECK(ended.status == 1);
}

TEST_CASE("a crash costs its item only, and is told with signal, pid and a replay line") {
  const Ended ended = run_forkmap({"run", faulty() + ":crash_on_three", "1", "2", "3", "4", "5"});
  CHECK(ended.output == "1\n2\n4\n5\n");
  CHECK(contains(ended.errors, "item 3 (\"3\"): WorkerDied: "));
  CHECK(contains(ended.errors, "SIGSEGV"));
  CHECK(contains(ended.errors, "worker "));
  CHECK(contains(told_replay_of(ended.errors), " run --serial --first-item 3 "));
  CHECK(ended.status == 1);
}

TEST_CASE("the replay line dies as the worker did") {
  const Ended ended = run_forkmap({"run", faulty() + ":crash_on_three", "1", "3"});
  const Ended again = shell(told_replay_of(ended.errors));
  CHECK(again.status == 128 + 11);
  CHECK(again.output == "");
}

TEST_CASE("the replay line carries parameters, seed and odd texts through a shell") {
  const Ended ended = run_forkmap({"run", test_plugin("faulty") + ":crash_on_three", "--param",
                                   "note=it's $HOME", "--seed", "7", "3"});
  const std::string line = told_replay_of(ended.errors);
  CHECK(contains(line, "--param 'note=it'\\''s $HOME'"));
  CHECK(contains(line, "--seed 7"));
  CHECK(shell(line).status == 128 + 11);
}

TEST_CASE("an exit is told with its status") {
  const Ended ended = run_forkmap({"run", faulty() + ":exit_on_three", "3", "4"});
  CHECK(ended.output == "4\n");
  CHECK(contains(ended.errors, "WorkerDied"));
  CHECK(contains(ended.errors, "7"));
  CHECK(ended.status == 1);
}

TEST_CASE("retries are attempts, and --once has none") {
  const TestFolder folder;
  const std::string log = "log=" + folder.path() + "/log";
  const std::string function = faulty() + ":count_calls_crash_on_three";
  const Ended twice = run_forkmap({"run", function, "--param", log, "--retries", "3", "3"});
  CHECK(twice.status == 1);
  CHECK(count_of(folder.read("log"), "3 ") == 4);
  CHECK(contains(twice.errors, "attempt 4"));
  folder.file("log", "");
  CHECK(run_forkmap({"run", function, "--param", log, "--once", "3"}).status == 1);
  CHECK(count_of(folder.read("log"), "3 ") == 1);
  const Ended healed =
      run_forkmap({"run", faulty() + ":crash_first_time", "--param", log, "8", "9"});
  CHECK(healed.output == "8\n9\n");
  CHECK(healed.status == 0);
}

TEST_CASE("at most ten messages of each kind are printed, then a count") {
  std::string lines;
  for (int i = 0; i < 25; ++i) lines += "x\n3\n";
  const Ended ended = run_forkmap({"run", faulty() + ":throw_on_three"}, lines);
  CHECK(count_of(ended.errors, ": BadItem: ") == 10);
  CHECK(count_of(ended.errors, ": FunctionError: ") == 10);
  CHECK(contains(ended.errors, "and 15 more BadItem (25 in all)"));
  CHECK(contains(ended.errors, "and 15 more FunctionError (25 in all)"));
  CHECK(ended.status == 1);
}

TEST_CASE("a bad item is told with the column of the fault") {
  const Ended ended = run_forkmap({"run", "arith:hypot"}, "1\tzwei\n");
  CHECK(contains(ended.errors, "item 1 (\"1\\tzwei\"): BadItem"));
  CHECK(contains(ended.errors, "column 2"));
  CHECK(contains(ended.errors, "\"zwei\" is not an f64"));
}

TEST_CASE("a long or unprintable item is cut and escaped in messages") {
  const Ended ended =
      run_forkmap({"run", "arith:square"}, std::string(5000, 'x') + "\n\x1b[31m\xff\n");
  CHECK(contains(ended.errors, "xxx\"...\"xxx"));
  CHECK(contains(ended.errors, "\"\\x1b[31m\\xff\""));
  CHECK(ended.errors.size() < 1000);
}

TEST_CASE("the texts of failing items are right for any source, order and chunk") {
  std::string lines;
  for (int i = 1; i <= 3000; ++i) lines += (i % 271 == 0 ? "bad" : "") + std::to_string(i) + "\n";
  const TestFolder folder;
  const std::string file = folder.file("items", lines);
  for (const std::vector<std::string>& more :
       std::vector<std::vector<std::string>>{{},
                                             {"--unordered", "-j3"},
                                             {"--chunk", "1"},
                                             {"--input", file},
                                             {"--serial"},
                                             {"--input", file, "--unordered", "--chunk", "5"}}) {
    std::vector<std::string> arguments = {"run", "arith:square", "--failures",
                                          folder.path() + "/failed"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ended ended = run_forkmap(arguments, lines);
    CHECK(ended.status == 1);
    const auto failed = json_lines(folder.read("failed"));
    REQUIRE(failed.size() == 11);
    for (const json& line : failed) {
      CHECK(line["text"] == "bad" + std::to_string(line["item"].get<int>()));
      CHECK(line["kind"] == "BadItem");
    }
    CHECK(count_of(ended.output, "\n") == 2989);
  }
}

TEST_CASE("the failures file has all that is known of each") {
  const TestFolder folder;
  const std::string file = folder.path() + "/failed";
  const Ended ended =
      run_forkmap({"run", faulty() + ":crash_on_three", "--failures", file}, "1\nx\n3\n");
  CHECK(ended.status == 1);
  const auto lines = json_lines(folder.read("failed"));
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["item"] == 2);
  CHECK(lines[0]["text"] == "x");
  CHECK(lines[0]["column"] == 1);
  CHECK(lines[1]["kind"] == "WorkerDied");
  CHECK(lines[1]["function"] == "faulty:crash_on_three");
  CHECK(lines[1]["signal"] == 11);
  CHECK(lines[1]["signal_name"] == "SIGSEGV");
  CHECK(lines[1]["attempt"] == 2);
  CHECK(lines[1]["pid"].get<int>() > 1);
  CHECK(contains(lines[1]["replay"].get<std::string>(), "--serial"));
  CHECK_FALSE(lines[1].contains("exit_status"));
}

TEST_CASE("all failures are in the file, not only those that were told of") {
  const TestFolder folder;
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "x\n";
  const Ended ended =
      run_forkmap({"run", "arith:square", "--failures", folder.path() + "/failed"}, lines);
  CHECK(count_of(ended.errors, ": BadItem: ") == 10);
  CHECK(json_lines(folder.read("failed")).size() == 100);
}

TEST_CASE("a failures file that cannot be made ends the run before it begins") {
  const Ended ended = run_forkmap({"run", "arith:square", "--failures", "/no/such/file", "1"});
  CHECK(ended.output == "");
  CHECK(contains(ended.errors, "/no/such/file"));
  CHECK(ended.status == 2);
}

TEST_CASE("a failures file that cannot be written ends the run with a message") {
  const Ended ended = run_forkmap({"run", "arith:square", "--failures", "/dev/full", "x"});
  CHECK(contains(ended.errors, "/dev/full"));
  CHECK(ended.status == 3);
}

TEST_CASE("an item that cannot be an argument is said to need a file") {
  const Ended ended = run_forkmap({"run", test_plugin("faulty") + ":abort_on_three", "--fill", "-"},
                                  std::string(5000, '0') + "3\n");
  CHECK(contains(ended.errors, "5001 bytes, alone in FILE"));
  CHECK(contains(ended.errors, "--input FILE"));
}

TEST_CASE("option --serial gives the same results and messages without a process") {
  const std::string lines = "1\nx\n3\n4\n";
  const Ended pool = run_forkmap({"run", faulty() + ":throw_on_three"}, lines);
  const Ended serial = run_forkmap({"run", faulty() + ":throw_on_three", "--serial"}, lines);
  CHECK(serial.output == pool.output);
  CHECK(serial.errors == pool.errors);
  CHECK(serial.status == 1);
}

TEST_CASE("option --serial writes what is finished before a slow item crashes the process") {
  ChildProcess process(launch_of({"run", faulty() + ":crash_on_three", "--serial"}));
  process.write("1\n2\n");
  REQUIRE(process.reads("1\n2\n"));
  const Ended ended = process.finish("3\n");
  CHECK(ended.output == "1\n2\n");
  CHECK(ended.signal == 11);
}

TEST_CASE("option --serial runs hooks in the process, and says which failed") {
  CHECK(run_forkmap({"run", "stats:mean_deviation", "--serial", "1,2,3"}).output == "2\t1\n");
  CHECK(run_forkmap({"run", "stats:mean_deviation", "1,2,3"}).output == "2\t1\n");
  const Ended ended =
      run_forkmap({"run", "stats:mean_deviation", "--param", "deviation=x", "--serial", "1,2"});
  CHECK(contains(ended.errors, "preload of stats"));
  CHECK(ended.status == 3);
}

TEST_CASE("a preload that fails is one clear error") {
  const Ended ended = run_forkmap({"run", "stats:mean_deviation", "--param", "deviation=x", "1,2"});
  CHECK(ended.output == "");
  CHECK(contains(ended.errors, "preload"));
  CHECK(contains(ended.errors, "deviation is sample, population or unbiased, not x"));
  CHECK(ended.status == 3);
}

TEST_CASE("parameters reach functions") {
  const Ended ended = run_forkmap(
      {"run", faulty() + ":parameter_value", "--param", "a=1=2", "--param", "b=", "a", "b", "c"});
  CHECK(ended.output == "1=2\n\n");
  CHECK(contains(ended.errors, "no parameter c"));
}

TEST_CASE("an item over a window names the option, which makes room for it") {
  const std::string lines = "a\n" + std::string(2U << 20U, 'b') + "\nc\n";
  std::vector<std::string> arguments = {"run", faulty() + ":echo", "-j1", "--window-bytes",
                                        "1048576"};
  const Ended refused = run_forkmap(arguments, lines);
  CHECK(refused.output == "a\nc\n");
  CHECK(refused.status == 1);
  CHECK_THAT(refused.errors, Catch::Contains("PayloadTooLarge") && Catch::Contains("2097152") &&
                                 Catch::Contains("raise window_bytes"));
  arguments.back() = "8388608";
  const Ended done = run_forkmap(arguments, lines);
  CHECK((done.output == lines));
  CHECK(done.status == 0);
}

TEST_CASE("recycled workers lose nothing") {
  const Ended ended = run_forkmap({"run", "arith:square", "-j1", "--recycle", "2"}, numbers(1, 10));
  CHECK(ended.output == run_forkmap({"run", "arith:square"}, numbers(1, 10)).output);
  CHECK(ended.status == 0);
}

TEST_CASE("the summary says who has done how much") {
  const Ended ended =
      run_forkmap({"run", "arith:square", "-j2", "--chunk", "1", "--summary"}, numbers(1, 20));
  CHECK(ended.status == 0);
  std::istringstream lines(ended.errors);
  std::string header;
  std::getline(lines, header);
  CHECK(contains(header, "worker"));
  CHECK(contains(header, "pid"));
  long total = 0;
  std::string name;
  std::string pid;
  long items = 0;
  std::string rest;
  while (lines >> name >> pid >> items && std::getline(lines, rest)) total += items;
  CHECK(total == 20);
}

TEST_CASE("a dry run says what would be done, and runs nothing") {
  const TestFolder folder;
  const std::string log = "log=" + folder.path() + "/log";
  const Ended ended = run_forkmap({"run", faulty() + ":count_calls", "--param", log, "--dry-run",
                                   "-j", "3", "--timeout", "2s", "--halt", "2", "1", "2"});
  CHECK(ended.status == 0);
  for (const char* part : {"faulty:count_calls", "(i64) -> i64", "faulty.so",
                           "2 from the command line", "3", "timeout 2000 ms, halt now,fail=1"}) {
    INFO(part);
    CHECK(contains(ended.output, part));
  }
  CHECK(folder.read("log") == "");
  CHECK(run_forkmap({"run", "arith:nothing", "--dry-run"}).status == 2);
}

TEST_CASE("progress goes to standard error, and only where it was asked for") {
  const Ended always = run_forkmap({"run", "arith:square", "--progress", "always", "1", "2"});
  CHECK(always.output == "1\n4\n");
  CHECK(contains(always.errors, "2 of 2 done, 0 failed"));
  CHECK(run_forkmap({"run", "arith:square", "--progress", "auto", "1"}).errors == "");
}

TEST_CASE("numerical libraries are told how many threads they may use, unless the user has said") {
  Launch launch;
  launch.environment["MKL_NUM_THREADS"] = "7";
  launch.command = {"/bin/bash", "-c", ""};
  const TestFolder folder;
  const std::string program = folder.file(
      "env.cpp",
      "#include <cstdlib>\n#include <forkmap/plugin.hpp>\n"
      "static std::string get(std::string_view name) {\n"
      "  const char* v = std::getenv(std::string(name).c_str());\n  return v ? v : \"unset\";\n}\n"
      "FORKMAP_PLUGIN(\"env\", \"1\", forkmap::function<get>(\"get\", \"\"))\n");
  const std::string plugin = folder.path() + "/env.so";
  const Ended built = shell("c++ $(" FORKMAP_COMMAND " cflags) -o " + plugin + " " + program);
  REQUIRE(built.status == 0);
  const Ended ended = run_forkmap(
      {"run", plugin + ":get", "-j", "4096", "--serial", "OMP_NUM_THREADS", "MKL_NUM_THREADS"}, {},
      launch);
  CHECK(contains(ended.output, "\n7\n"));
  CHECK_FALSE(contains(ended.output, "unset"));
}
