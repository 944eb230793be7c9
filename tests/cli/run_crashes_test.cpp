// SPDX-License-Identifier: Apache-2.0
// Reports of crashes: what is said, what is kept, and core files.

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

unsigned mode_of(const std::string& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

// What stands behind a name in a crash file.
std::string value_of(const std::string& text, const std::string& name) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    if (line.starts_with(name + " ")) return line.substr(line.find_first_not_of(' ', name.size()));
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return {};
}

}  // namespace

TEST_CASE("a worker whose system call a seccomp filter forbids is told so, trapped or killed") {
  const TestFolder folder;
  const auto [function, is_trapped] = GENERATE(table<std::string, bool>(
      {{"forbidden_call_on_three", false}, {"trapped_call_on_three", true}}));
  const Ended ended = run_forkmap({"run", "-j1", "--retries", "0", "--crash-dir", folder.path(),
                                   faulty() + ":" + function, "2", "3", "4"});
  CHECK(ended.output == "2\n4\n");
  CHECK(ended.status == 1);
  if (contains(ended.errors, "this system has no seccomp filters")) return;
  INFO(ended.errors);
  CHECK(contains(ended.errors,
                 " was killed by SIGSYS (bad system call: a seccomp filter forbids "
                 "it) while the item ran"));
  CHECK(contains(ended.errors, ", called from faulty.so: faulty::") == is_trapped);
  const std::vector<std::string> names = names_in(folder.path());
  REQUIRE(names.size() == 1);
  CHECK(contains(folder.read(names[0]), "a seccomp filter forbids the system call") == is_trapped);
}

TEST_CASE("K9: a type whose name expands without end is told as it is, and the run goes on") {
  const auto how = GENERATE(std::string("-j1"), std::string("--serial"));
  const Ended ended =
      run_forkmap({"run", how, faulty() + ":throw_endless_type_on_three", "2", "3", "4"});
  CHECK(ended.output == "2\n4\n");
  CHECK(ended.status == 1);
  CHECK(contains(ended.errors, ": threw a value of type PFvPFvPFv"));
}

TEST_CASE("a crash is told on one line, with the function of the innermost plugin frame") {
  const auto [function, where] = GENERATE(table<std::string, std::string>({
      {"crash_on_three", "; address 0x0, in faulty.so: faulty::crash_on_three(long)+0x"},
      {"stack_overflow_on_three", "; stack overflow, in faulty.so: "},
      {"abort_on_three", ", called from faulty.so: faulty::abort_on_three(long)"},
  }));
  const Ended ended = run_forkmap({"run", faulty() + ":" + function, "1", "2", "3"});
  CHECK(ended.output == "1\n2\n");
  CHECK(ended.status == 1);
  CHECK(contains(ended.errors, "(attempt 2 of 2)"));
  CHECK(contains(ended.errors, where));
  CHECK(contains(ended.errors, "\n  to replay it: "));
}

TEST_CASE("a line of failures has address and frames") {
  const TestFolder folder;
  const Ended ended = run_forkmap(
      {"run", "--failures", folder.path() + "/failed", faulty() + ":crash_on_three", "3"});
  CHECK(ended.status == 1);
  const json failure = json::parse(folder.read("failed"));
  CHECK(failure["address"] == 0);
  REQUIRE(failure["frames"].is_array());
  CHECK(contains(failure["frames"][0].get<std::string>(), "faulty.so: faulty::crash_on_three"));
}

TEST_CASE("the folder of crashes keeps a private file for each attempt, with all that is known") {
  const TestFolder folder;
  const std::string crashes = folder.path() + "/crashes";
  const Ended ended = run_forkmap({"run", "--crash-dir", crashes, "--retries", "2",
                                   faulty() + ":crash_on_three", "1", "2", "3", "4"});
  CHECK(ended.status == 1);
  CHECK(mode_of(crashes) == 0700);
  const std::vector<std::string> names = names_in(crashes);
  REQUIRE(names.size() == 3);
  for (std::size_t attempt = 0; attempt < 3; ++attempt) {
    const std::string stem =
        "crash-faulty-crash_on_three-item3-attempt" + std::to_string(attempt + 1) + "-pid";
    CHECK(names[attempt].starts_with(stem));
    CHECK(names[attempt].ends_with(".txt"));
    CHECK(mode_of(crashes + "/" + names[attempt]) == 0600);
    const std::string text = folder.read("crashes/" + names[attempt]);
    CAPTURE(text);
    CHECK(value_of(text, "function") == "faulty:crash_on_three");
    CHECK(value_of(text, "plugin") == faulty());
    CHECK(value_of(text, "build-id").size() == 40);
    CHECK(value_of(text, "item") == "3");
    CHECK(value_of(text, "text") == "\"3\"");
    CHECK(value_of(text, "attempt") == std::to_string(attempt + 1) + " of 3");
    CHECK(value_of(text, "signal") == "11 (SIGSEGV)");
    CHECK(contains(value_of(text, "cause"), "SEGV_MAPERR"));
    CHECK(value_of(text, "address") == "0x0");
    CHECK(contains(value_of(text, "worker"), "pid "));
    CHECK(contains(value_of(text, "usage"), "resident at most "));
    CHECK(contains(value_of(text, "time"), "T"));
    CHECK_FALSE(value_of(text, "forkmap").empty());
    CHECK(contains(text, "frame 0      faulty.so: faulty::crash_on_three(long)+0x"));
  }
}

TEST_CASE("the replay line of a crash file dies in the same way when sh runs it") {
  const TestFolder folder;
  const std::string crashes = folder.path() + "/crashes";
  const Ended ended =
      run_forkmap({"run", "--crash-dir", crashes, "--retries", "0", "--seed", "5", "--param",
                   "note=it's here", faulty() + ":crash_on_three", "1", "3"});
  CHECK(ended.status == 1);
  const std::vector<std::string> names = names_in(crashes);
  REQUIRE(names.size() == 1);
  Launch launch;
  launch.command = {"/bin/sh", "-c", value_of(folder.read("crashes/" + names[0]), "replay")};
  CHECK(ChildProcess(launch).finish().status == 128 + 11);
}

TEST_CASE("a stack overflow and an abort are told as such in their files") {
  const TestFolder folder;
  const std::string crashes = folder.path() + "/crashes";
  CHECK(run_forkmap({"run", "--crash-dir", crashes, "--retries", "0",
                     faulty() + ":stack_overflow_on_three", "3"})
            .status == 1);
  CHECK(run_forkmap(
            {"run", "--crash-dir", crashes, "--retries", "0", faulty() + ":abort_on_three", "3"})
            .status == 1);
  CHECK(run_forkmap({"run", "--crash-dir", crashes, "--retries", "0",
                     faulty() + ":kill_self_on_three", "3"})
            .status == 1);
  const std::vector<std::string> names = names_in(crashes);
  REQUIRE(names.size() == 3);
  const std::string abort = folder.read("crashes/" + names[0]);
  CHECK(value_of(abort, "signal") == "6 (SIGABRT)");
  CHECK(contains(value_of(abort, "place"), "called from faulty.so: faulty::abort_on_three"));
  const std::string killed = folder.read("crashes/" + names[1]);
  CHECK(value_of(killed, "frames") == "none could be taken");
  CHECK(value_of(killed, "signal") == "9 (SIGKILL)");
  const std::string overflow = folder.read("crashes/" + names[2]);
  CHECK(contains(value_of(overflow, "cause"), "stack overflow"));
  CHECK(contains(value_of(overflow, "place"), "in faulty.so: "));
}

TEST_CASE("a crash file bears the number that the item has in the run") {
  const TestFolder folder;
  const std::string crashes = folder.path() + "/crashes";
  CHECK(run_forkmap({"run", "--crash-dir", crashes, "--retries", "0", "--first-item", "8",
                     faulty() + ":crash_on_three"},
                    "1\n3\n")
            .status == 1);
  const std::vector<std::string> names = names_in(crashes);
  REQUIRE(names.size() == 1);
  CHECK(names[0].starts_with("crash-faulty-crash_on_three-item9-attempt1-pid"));
  CHECK(value_of(folder.read("crashes/" + names[0]), "item") == "9");
}

TEST_CASE("a crash folder that cannot be written is a usage error before anything runs") {
  const TestFolder folder;
  folder.file("file", "");
  const std::string log = folder.path() + "/log";
  const std::string place =
      GENERATE(std::string("/file"), std::string("/file/below"), std::string("/not/there"));
  const Ended ended = run_forkmap({"run", "--crash-dir", folder.path() + place, "--param",
                                   "log=" + log, faulty() + ":count_calls", "1"});
  CHECK(ended.status == 2);
  CHECK(ended.output.empty());
  CHECK(contains(ended.errors, "--crash-dir: cannot write to " + folder.path() + place));
  CHECK_FALSE(fs::exists(log));
}

TEST_CASE("a crash file that cannot be written is told, and the run goes on") {
  const TestFolder folder;
  const std::string crashes = folder.path() + "/crashes";
  Launch launch =
      launch_of({"run", "--crash-dir", crashes, "--retries", "0", faulty() + ":crash_on_three"});
  ChildProcess run(launch);
  run.write("1\n");
  REQUIRE(run.reads("1\n"));
  fs::remove_all(crashes);
  const Ended ended = run.finish("3\n4\n3\n5\n");
  CHECK(ended.output == "1\n4\n5\n");
  CHECK(ended.status == 1);
  CHECK(count_of(ended.errors, "--crash-dir: ") == 1);
}

TEST_CASE("a dry run makes no folder, and --serial has no crashes to report") {
  const TestFolder folder;
  const std::string crashes = folder.path() + "/crashes";
  CHECK(run_forkmap({"run", "--dry-run", "--crash-dir", crashes, faulty() + ":echo", "1"}).status ==
        0);
  CHECK_FALSE(fs::exists(crashes));
  const Ended serial =
      run_forkmap({"run", "--serial", "--crash-dir", crashes, faulty() + ":echo", "1"});
  CHECK(serial.status == 2);
  CHECK(contains(serial.errors, "--serial has no workers, so --crash-dir has no place there"));
  CHECK(run_forkmap({"run", "--serial", "--core", faulty() + ":echo", "1"}).status == 2);
}

TEST_CASE("core files allowed: a run leaves workers the host's limit of core files") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_CORE, &before) == 0);
  rlimit raised = before;
  raised.rlim_cur = before.rlim_max;
  REQUIRE(::setrlimit(RLIMIT_CORE, &raised) == 0);
  const auto limit_of_worker = [&](std::vector<std::string> options) {
    std::vector<std::string> arguments = {"run"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(arguments.end(), {faulty() + ":core_limit", "1"});
    return run_forkmap(arguments).output;
  };
  const std::string all = before.rlim_max == RLIM_INFINITY ? "-1" : std::to_string(before.rlim_max);
  const std::string few = before.rlim_max == 0 ? "0" : "1";
  CHECK(limit_of_worker({"--core"}) == all + "\n");
  CHECK(limit_of_worker({}) == few + "\n");
  ::setrlimit(RLIMIT_CORE, &before);
}
