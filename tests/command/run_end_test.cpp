// SPDX-License-Identifier: Apache-2.0
// The end of a worker in peace, of the command, and of a serial run.

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
namespace fs = std::filesystem;

namespace {

std::string items(int count) {
  std::string text;
  for (int item = 1; item <= count; ++item) text += std::to_string(item) + "\n";
  return text;
}

std::set<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::set<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.insert(line);
  return lines;
}

struct Logs {
  TestFolder folder;
  Launch launch = {.command = {},
                   .environment = {{"FORKMAP_TEST_LOG", folder.path() + "/log"},
                                   {"FORKMAP_TEST_ENDS", folder.path() + "/ends"}}};
  [[nodiscard]] std::string read(const std::string& name) const {
    return fs::exists(folder.path() + "/" + name) ? folder.read(name) : std::string();
  }
  // Of all files whose name begins so.
  [[nodiscard]] std::string read_all(const std::string& begin) const {
    std::string text;
    for (const auto& entry : fs::directory_iterator(folder.path())) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(begin)) text += folder.read(name);
    }
    return text;
  }
};

std::vector<std::string> run(std::vector<std::string> options, const std::string& function) {
  options.insert(options.begin(), "run");
  options.push_back(function);
  return options;
}

}  // namespace

TEST_CASE("what functions have written to streams of their own is there at the end") {
  const auto* const function = GENERATE("log_stdio", "log_stream");
  const std::vector<std::string> options =
      GENERATE(std::vector<std::string>{"-j", "1"}, std::vector<std::string>{"-j", "3"},
               std::vector<std::string>{"-j", "2", "--recycle", "100"},
               std::vector<std::string>{"--serial"});
  CAPTURE(function, options);
  Logs logs;
  const Ended ended =
      run_forkmap(run(options, test_plugin("ends") + ":" + function), items(1000), logs.launch);
  CHECK(ended.status == 0);
  CHECK(ended.output == items(1000));
  CHECK(ended.errors.empty());
  CHECK(count_of(logs.read("log"), "\n") == 1000);
  CHECK((lines_of(logs.read("log")) == lines_of(items(1000))));
}

#if defined(FORKMAP_HAS_FORTRAN)
TEST_CASE("what Fortran functions have written to a unit is there at the end") {
  const std::vector<std::string> options =
      GENERATE(std::vector<std::string>{"-j", "1"}, std::vector<std::string>{"-j", "2"},
               std::vector<std::string>{"-j", "1", "--recycle", "100"},
               std::vector<std::string>{"--serial"});
  CAPTURE(options);
  Logs logs;
  const Ended ended =
      run_forkmap(run(options, test_plugin("fortran_log") + ":note"), items(1000), logs.launch);
  CHECK(ended.status == 0);
  CHECK(ended.output == items(1000));
  CHECK(count_of(logs.read_all("log."), "\n") == 1000);
  CHECK((lines_of(logs.read_all("log.")) == lines_of(items(1000))));
}

TEST_CASE(
    "what a Fortran function prints is on standard error, and the worker knows that it is one") {
  const Ended ended = run_forkmap({"run", "-j", "1", test_plugin("fortran_log") + ":print", "7"});
  CHECK(ended.output == "7\n");
  CHECK(contains(ended.errors, "printed"));
  CHECK(contains(ended.errors, "7 T"));
  const Ended serial = run_forkmap({"run", "--serial", test_plugin("fortran_log") + ":print", "7"});
  CHECK(contains(serial.errors, "7 F"));
}

TEST_CASE("what a Fortran function has printed is not lost when its worker is killed later") {
  Launch launch =
      launch_of({"run", "-j", "1", "--chunk", "1", test_plugin("fortran_log") + ":print"});
  ChildProcess child(launch);
  child.write("1\n");
  CHECK(child.reads_error("printed"));
  child.signal(SIGKILL);
  (void)child.finish();
}
#endif

#if defined(FORKMAP_HAS_COVERAGE)
TEST_CASE("counters of coverage are those of the workers") {
  const TestFolder folder;
  Launch launch;
  launch.environment = {{"GCOV_PREFIX", folder.path()}};
  const Ended ended =
      run_forkmap({"run", "-j", "2", test_plugin("counted") + ":odd"}, items(1000), launch);
  REQUIRE(ended.status == 0);
  fs::path counters;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
    if (entry.path().extension() == ".gcda") counters = entry.path();
  }
  REQUIRE(!counters.empty());
  // The notes of the compiler lie where the object was made.
  fs::path notes = "/" + counters.lexically_relative(folder.path()).string();
  notes.replace_extension(".gcno");
  REQUIRE(fs::exists(notes));
  fs::copy_file(notes, fs::path(counters).replace_extension(".gcno"));
  // Sources are named as seen from the folder of the build.
  const std::string path = notes.string();
  ChildProcess gcov({.command = {"/usr/bin/gcov", "--stdout", counters.string()},
                     .folder = path.substr(0, path.find("/tests/plugins/"))});
  const Ended told = gcov.finish();
  REQUIRE(told.status == 0);
  CHECK(contains(told.output, "1000:"));
}
#endif

TEST_CASE("what a function has printed to std::cout with a buffer of its own is not lost") {
  Logs logs;
  const Ended ended =
      run_forkmap(run({"-j", "2"}, test_plugin("ends") + ":print"), items(100), logs.launch);
  CHECK(ended.output == items(100));
  CHECK(count_of(ended.errors, "printed ") == 100);
}

TEST_CASE("what a process that a worker has started prints after the worker's end is not lost") {
  const std::vector<std::string> options =
      GENERATE(std::vector<std::string>{"-j", "1"}, std::vector<std::string>{"-j", "2"},
               std::vector<std::string>{"-j", "1", "--recycle", "50"},
               std::vector<std::string>{"-j", "2", "--worker-output", "tag"});
  CAPTURE(options);
  const Ended ended = run_forkmap(run(options, test_plugin("ends") + ":print_through"), items(100));
  CHECK(ended.status == 0);
  CHECK(ended.output == items(100));
  CHECK(count_of(ended.errors, "through ") == 100);
}

TEST_CASE("destructors and exit handlers of a plugin run in workers that leave, and in the host") {
  Logs logs;
  const Ended ended =
      run_forkmap(run({"-j", "2"}, test_plugin("ends") + ":at_exit"), items(100), logs.launch);
  CHECK(ended.status == 0);
  CHECK(ended.errors.empty());
  const std::string ends = logs.read("ends");
  CHECK(count_of(ends, "destructor in the worker") == 2);
  CHECK(count_of(ends, "marked function in the worker") == 2);
  CHECK(count_of(ends, "atexit handler in the worker") >= 1);
  CHECK(count_of(ends, "destructor in the host") == 1);
  CHECK(count_of(ends, "marked function in the host") == 1);
  CHECK(count_of(ends, "atexit handler in the host") == 0);
}

TEST_CASE("a worker that dies ends nothing of a plugin") {
  Logs logs;
  const Ended ended = run_forkmap({"run", "-j", "1", "--retries", "0", "--plugin",
                                   test_plugin("ends"), faulty() + ":crash_on_three", "3"},
                                  {}, logs.launch);
  CHECK(ended.status == 1);
  CHECK(count_of(logs.read("ends"), "destructor in the worker") == 1);  // of the successor
}

TEST_CASE("a plugin that declines is not ended in workers") {
  Logs logs;
  const Ended ended = run_forkmap(run({"-j", "2"}, test_plugin("end_declined") + ":at_exit"),
                                  items(100), logs.launch);
  CHECK(ended.status == 0);
  CHECK(count_of(logs.read("ends"), "in the worker") == 0);
  CHECK(count_of(logs.read("ends"), "destructor in the host") == 1);
  // What the C library holds is written all the same.
  CHECK(run_forkmap(run({"-j", "1"}, test_plugin("end_declined") + ":log_stdio"), items(10),
                    logs.launch)
            .status == 0);
  CHECK(logs.read("log") == items(10));
}

TEST_CASE("a library is ended after the plugin that needs it") {
  Logs logs;
  const Ended ended =
      run_forkmap(run({"-j", "1"}, test_plugin("needing") + ":count"), items(3), logs.launch);
  CHECK(ended.status == 0);
  CHECK(contains(logs.read("ends"), "ledger 1006\n"));  // 1 + 2 + 3, and 1000 of the destructor
}

TEST_CASE(
    "a destructor that crashes, hangs or ends its process does not change results or status") {
  struct EndingRun {
    std::string plugin;
    std::string word;
    std::vector<std::string> options;
    std::unique_ptr<Logs> logs = std::make_unique<Logs>();
    std::unique_ptr<ChildProcess> process = {};
  };
  std::vector<EndingRun> runs;
  for (const auto& [plugin, word] : std::vector<std::pair<std::string, std::string>>{
           {"end_crashes", "SIGSEGV"},
           {"end_aborts", "SIGABRT"},
           {"end_hangs", "2 s"},
           {"end_hangs_deaf", "2 s"},
           {"end_exits", "exit(5)"},
           {"end_leaves", "_exit(0)"},
       }) {
    runs.push_back({plugin, word, {"-j", "3"}});
    runs.push_back({plugin, word, {"--serial"}});
  }
  // Side by side, since each that hangs takes its whole time.
  for (EndingRun& at : runs) {
    Launch launch = launch_of(run(at.options, test_plugin(at.plugin) + ":pass"));
    launch.environment = at.logs->launch.environment;
    at.process = std::make_unique<ChildProcess>(launch);
    at.process->write(items(100));
    at.process->close_input();
  }
  for (EndingRun& at : runs) {
    CAPTURE(at.plugin, at.options);
    const Ended ended = at.process->finish();
    CHECK(ended.status == 0);
    CHECK(ended.output == items(100));
    CHECK(contains(ended.errors, at.word));
    CHECK(count_of(ended.errors, "\n") <= 2);  // once of the workers, once of the host
    CHECK(contains(ended.errors, "the end of "));
    CHECK_FALSE(contains(ended.errors, "the end of the end of "));
    CHECK_FALSE(contains(ended.errors, "exit handlers) ("));
    if (at.options.front() == "-j" && at.plugin != "end_exits") {
      CHECK(count_of(ended.errors, "while it ended what") +
                count_of(ended.errors, "had not ended what") ==
            1);
      CHECK(contains(ended.errors, at.plugin + ".so"));
    }
  }
}

TEST_CASE("the status of a run with failures survives the end of its plugins") {
  Logs logs;
  const auto* const plugin = GENERATE("end_crashes", "end_exits", "end_leaves");
  const Ended ended =
      run_forkmap(run({"-j", "1"}, test_plugin(plugin) + ":pass"), "1\nx\n2\n", logs.launch);
  CHECK(ended.status == 1);
  CHECK(ended.output == "1\n2\n");
}

TEST_CASE("after a destructor that calls exit() the others run") {
  Logs logs;
  (void)run_forkmap(run({"-j", "1"}, test_plugin("end_exits") + ":pass"), items(10), logs.launch);
  CHECK(count_of(logs.read("ends"), "marked function in the worker") == 1);
  CHECK(count_of(logs.read("ends"), "marked function in the host") == 1);
}

TEST_CASE("workers that are recycled and end badly are told once, and no item suffers") {
  Logs logs;
  const Ended ended =
      run_forkmap(run({"-j", "2", "--recycle", "10"}, test_plugin("end_crashes") + ":pass"),
                  items(200), logs.launch);
  CHECK(ended.status == 0);
  CHECK(ended.output == items(200));
  CHECK(count_of(ended.errors, "while it ended what") == 1);
}

TEST_CASE("a serial run that a function ends has written its results and says why") {
  const auto [item, status, word] = GENERATE(table<std::string, int, std::string>({
      {"3", 3, "item 3 called exit(0)"},
      {"4", 3, "item 3 called quick_exit()"},
      {"5", 3, "item 3 called _exit(0)"},
      {"6", 128 + SIGKILL, ""},
      {"7", 128 + SIGTERM, "item 3 was killed by SIGTERM"},
      {"8", 3, "item 3 called pthread_exit()"},
  }));
  CAPTURE(item);
  const Ended ended =
      run_forkmap({"run", "--serial", test_plugin("ends") + ":end_process", "1", "2", item, "9"});
  CHECK(ended.output == "1\n2\n");
  CHECK(ended.status == status);
  CHECK(contains(ended.errors, word));
}

TEST_CASE("a serial run that crashes has written its results and says so") {
  const auto [function, word] = GENERATE(table<std::string, std::string>({
      {"crash_on_three", "SIGSEGV"},
      {"abort_on_three", "SIGABRT"},
      {"stack_overflow_on_three", "SIGSEGV"},
  }));
  const Ended ended =
      run_forkmap({"run", "--serial", faulty() + ":" + function, "1", "2", "3", "4"});
  CHECK(ended.output == "1\n2\n");
  CHECK(ended.status > 128);
  CHECK(contains(ended.errors, "item 3 was killed by " + word));
  const Ended left =
      run_forkmap({"run", "--serial", faulty() + ":exit_zero_on_three", "1", "2", "3", "4"});
  CHECK(left.output == "1\n2\n");
  CHECK(left.status == 3);
  CHECK(contains(left.errors, "item 3 called _exit(0)"));
}

TEST_CASE("what a function has written is there when another one ends a serial run by exit()") {
  Logs logs;
  const Ended ended = run_forkmap(
      {"run", "--serial", test_plugin("ends") + ":log_then_exit", "1", "2", "3"}, {}, logs.launch);
  CHECK(ended.status == 3);
  CHECK(logs.read("log") == "1\n2\n");
}

TEST_CASE("a serial map of the shell that ends the process is told") {
  const TestFolder folder;
  const std::string script =
      folder.file("script", "load " + test_plugin("ends") + "\nserial end_process 1 3\n");
  const Ended ended = run_forkmap({"shell", script});
  CHECK(ended.status == 3);
  CHECK(contains(ended.errors, "a serial map called exit(0)"));
}

TEST_CASE("a constructor or a hook that ends a serial run is named") {
  const Ended loading =
      run_forkmap({"run", "--serial", test_plugin("exits_in_constructor") + ":identity", "1"});
  CHECK(loading.status == 3);
  CHECK(contains(loading.errors, "the loading of a plugin called exit("));
  const Ended hook =
      run_forkmap({"run", "--serial", test_plugin("preload_exits") + ":kept_value", "1"});
  CHECK(hook.status == 3);
  CHECK(contains(hook.errors, "a preload or start hook called exit(0)"));
}

TEST_CASE("a stop hook that throws is told, and changes no result and no status") {
  const std::vector<std::string> how = GENERATE(std::vector<std::string>{"run", "-j", "1"},
                                                std::vector<std::string>{"run", "--serial"});
  std::vector<std::string> words = how;
  words.insert(words.end(), {test_plugin("stop_fails") + ":kept_value", "1", "2"});
  const Ended ended = run_forkmap(words);
  CHECK(ended.status == 0);
  CHECK(count_of(ended.output, "\n") == 2);
  CHECK(count_of(ended.errors, "the farewell is missing") == 1);
  CHECK(contains(ended.errors, "stop_fails"));
}

TEST_CASE("a start hook that ends its process fails the run at once, by name") {
  const auto [plugin, word] = GENERATE(table<std::string, std::string>({
      {"start_dies", "SIGABRT"},
      {"start_exits", "exited with status 3"},
      {"start_prints_to_nobody", "nobody reads"},
  }));
  CAPTURE(plugin);
  const Ended ended = run_forkmap({"run", "-j", "2", test_plugin(plugin) + ":kept_value", "1"});
  CHECK(ended.status == 3);
  CHECK(contains(ended.errors, "start hook of plugin " + plugin));
  CHECK(contains(ended.errors, word));
}
