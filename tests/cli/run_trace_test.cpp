// SPDX-License-Identifier: Apache-2.0
// Traces of real runs.

#include <csignal>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "tests/catch.hpp"
#include "tests/cli/output_run.hpp"
#include "tests/cli/trace_reading.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using nlohmann::json;

namespace {

// What docs/cli.md says to do with a trace whose run was killed.
std::string repaired(const std::string& path) {
  ChildProcess shell(
      {.command = {"/bin/sh", "-c", "{ sed '$d' \"$0\" | sed '$s/,$//'; echo ']'; }", path}});
  return shell.finish().output;
}

}  // namespace

TEST_CASE("a trace has each item once, in the row of its worker, where the numbers have it") {
  const TestFolder folder;
  const Ended ended =
      run_forkmap({"run", test_plugin("faulty") + ":spin_us", "-j2", "--chunk", "7", "--trace",
                   folder.path() + "/trace", "--stats", folder.path() + "/stats"},
                  same_items(200, "50"));
  INFO(ended.errors);
  REQUIRE(ended.status == 0);
  const json trace = json::parse(folder.read("trace"));
  const json stats = json::parse(folder.read("stats"));
  const auto tasks = of_category(trace, "task");
  CHECK(items_of(tasks) == 200);
  CHECK(tasks.size() == 29);
  CHECK(stats["tasks"] == 29);

  std::map<int, std::uint64_t> items;
  std::map<int, std::set<pid_t>> pids;
  std::map<int, double> ends;
  for (const json& task : tasks) {
    const int worker = task["tid"];
    items[worker] += task["args"]["items"].get<std::uint64_t>();
    pids[worker].insert(task["args"]["worker_pid"].get<pid_t>());
    CHECK(task["dur"].get<double>() >= 50 * task["args"]["items"].get<double>());
    // One after the other.
    CHECK(task["ts"].get<double>() >= ends[worker] - 0.002);
    ends[worker] = task["ts"].get<double>() + task["dur"].get<double>();
  }
  REQUIRE(stats["workers"].size() == 2);
  for (const json& worker : stats["workers"]) {
    const int number = worker["number"];
    CHECK(worker["items"] == items[number]);
    if (items[number] > 0) {
      REQUIRE(pids[number].size() == 1);
      CHECK(worker["pids"] == json::array({*pids[number].begin()}));
    }
  }
  std::set<std::string> names;
  for (const json& event : trace) {
    if (event["name"] == "thread_name") names.insert(event["args"]["name"].get<std::string>());
  }
  CHECK(names.contains("worker 0"));
  CHECK(names.contains("worker 1"));
  CHECK(trace.back()["args"]["ending"] == "finished");
}

TEST_CASE("the trace of a run with deaths and a refork shows them") {
  const TestFolder folder;
  const Ended ended =
      run_forkmap({"run", "-j2", "--late-plugin", test_plugin("faulty"), "--on-stale", "refork",
                   "--trace", folder.path() + "/trace", "--stats", folder.path() + "/stats",
                   "--report", folder.path() + "/page.html", "crash_on_three", "1", "2", "3", "4"});
  REQUIRE(ended.status == 1);
  REQUIRE(ended.output == "1\n2\n4\n");
  const json trace = json::parse(folder.read("trace"));
  const auto deaths = of_category(trace, "death");
  REQUIRE(deaths.size() == 2);
  for (const json& death : deaths) {
    CHECK(death["name"] == "worker died");
    CHECK(contains(death["args"]["how"].get<std::string>(), "SIGSEGV"));
  }
  const auto lost = of_category(trace, "lost");
  REQUIRE(lost.size() == 2);
  CHECK(lost[0]["args"]["item"] == 3);
  CHECK(lost[0]["args"]["runs_again"] == true);
  CHECK(lost[1]["args"]["attempt"] == 2);
  CHECK(lost[1]["args"]["runs_again"] == false);
  CHECK(lost[0]["args"]["worker_pid"] != lost[1]["args"]["worker_pid"]);
  std::size_t reforks = 0;
  for (const json& event : of_category(trace, "pool")) {
    if (event["name"] != "refork") continue;
    ++reforks;
    CHECK(event["args"]["generation"] == 1);
    CHECK(event["args"]["reason"] == "stale registry");
    CHECK(event["dur"].get<double>() > 0);
  }
  CHECK(reforks == 1);
  CHECK(items_of(of_category(trace, "task")) + 1 == 4);

  const json stats = json::parse(folder.read("stats"));
  CHECK(stats["events"]["deaths"] == 2);
  CHECK(stats["events"]["lost_attempts"] == 2);
  CHECK(stats["events"]["reforks"] == 1);
  CHECK(stats["items"]["failed_by_kind"] == json({{"WorkerDied", 1}}));
  const std::string page = folder.read("page.html");
  CHECK(count_of(page, "class=\"mark\"") == 2);
  CHECK(count_of(page, "class=\"turn-line\"") == 1);
}

TEST_CASE("a trace of a million tasks keeps its size and is whole") {
  const TestFolder folder;
  const std::string input = folder.file("input", numbers(1'000'000));
  const Ended ended =
      run_forkmap({"run", "arith:square", "--input", input, "--chunk", "1", "-j2", "--reduce",
                   "count", "--trace", folder.path() + "/trace", "--trace-limit", "256K"});
  INFO(ended.errors);
  REQUIRE(ended.output == "1000000\n");
  CHECK(std::filesystem::file_size(folder.path() + "/trace") <= 256 << 10);
  const json trace = json::parse(folder.read("trace"));
  const json& end = trace.back()["args"];
  CHECK(end["tasks"] == 1'000'000);
  CHECK(end["items"] == 1'000'000);
  CHECK(items_of(of_category(trace, "task")) + end["dropped_tasks"].get<std::uint64_t>() ==
        1'000'000);
}

TEST_CASE("a trace whose run was killed is read after its end was put right") {
  const TestFolder folder;
  const std::string path = folder.path() + "/trace";
  ChildProcess run(
      launch_of({"run", test_plugin("faulty") + ":sleep_ms", "-j2", "--chunk", "1", "--trace", path,
                 "--stats", folder.path() + "/stats", "--report", folder.path() + "/page",
                 "--input", folder.file("input", same_items(2000, "20"))}));
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (count_of(folder.read("trace"), "\"cat\":\"task\"") < 20) {
    REQUIRE(std::chrono::steady_clock::now() < patience);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  run.signal(SIGKILL);
  REQUIRE(run.finish().signal == SIGKILL);
  CHECK(json::parse(folder.read("trace"), nullptr, false).is_discarded());
  const json trace = json::parse(repaired(path));
  CHECK(items_of(of_category(trace, "task")) >= 19);
  // No half file of the others, and nothing beside them.
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    names.insert(entry.path().filename().string());
  }
  CHECK(names == std::set<std::string>{"input", "trace"});
}
