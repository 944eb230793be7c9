// SPDX-License-Identifier: Apache-2.0
// Traces and numbers of real runs.

#include <csignal>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "tests/catch.hpp"
#include "tests/cli/child_process.hpp"
#include "tests/cli/output_run.hpp"

using namespace forkmap::cli;
using nlohmann::json;

namespace {

std::vector<json> of_category(const json& trace, const std::string& category) {
  std::vector<json> found;
  for (const json& event : trace) {
    if (event.value("cat", "") == category) found.push_back(event);
  }
  return found;
}

std::uint64_t items_of(const std::vector<json>& tasks) {
  std::uint64_t sum = 0;
  for (const json& task : tasks) sum += task["args"]["items"].get<std::uint64_t>();
  return sum;
}

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

TEST_CASE("a run that is interrupted leaves a whole trace, page and numbers, which say so") {
  const TestFolder folder;
  ChildProcess run(launch_of({"run", test_plugin("faulty") + ":sleep_ms", "-j2", "--chunk", "1",
                              "--trace", folder.path() + "/trace", "--stats",
                              folder.path() + "/stats", "--report", folder.path() + "/page",
                              "--input", folder.file("input", same_items(5000, "20"))}));
  REQUIRE(run.reads("20\n20\n"));
  run.signal(SIGINT);
  const Ended ended = run.finish();
  CHECK(ended.signal == SIGINT);
  const json stats = json::parse(folder.read("stats"));
  CHECK(stats["ending"] == "interrupted");
  CHECK(stats["why"] == "SIGINT");
  CHECK(stats["exit_status"] == 130);
  CHECK(stats["items"]["done"] == count_of(run.output(), "\n"));
  const json trace = json::parse(folder.read("trace"));
  CHECK(trace.back()["args"]["ending"] == "interrupted: SIGINT");
  CHECK(items_of(of_category(trace, "task")) == stats["items"]["done"]);
  CHECK(contains(folder.read("page"), "Interrupted by SIGINT"));
}

TEST_CASE("numbers agree with the results, the failures and the input") {
  const TestFolder folder;
  const Ended ended =
      run_forkmap({"run", "arith:divmod", "-j2", "--chunk", "3", "--failures",
                   folder.path() + "/failures", "--stats", folder.path() + "/stats", "--seed", "5"},
                  "7\t2\n1\t0\n9\t2\nx\t1\n8\t3\n5\t0\n");
  REQUIRE(ended.status == 1);
  const json stats = json::parse(folder.read("stats"));
  CHECK(stats["function"] == "arith:divmod");
  CHECK(stats["signature"] == "(i64, i64) -> (i64, i64)");
  CHECK(stats["plugin"]["name"] == "arith");
  CHECK(stats["plugin"]["build_id"].get<std::string>().size() >= 16);
  CHECK(stats["options"]["--chunk"] == "3");
  CHECK(stats["options"]["--seed"] == "5");
  CHECK(stats["ending"] == "finished");
  CHECK(stats["exit_status"] == 1);
  CHECK(stats["items"]["in"] == 6);
  CHECK(stats["items"]["done"] == 3);
  CHECK(stats["items"]["failed"] == 3);
  CHECK(stats["items"]["failed_by_kind"] == json({{"FunctionError", 2}, {"BadItem", 1}}));
  CHECK(count_of(folder.read("failures"), "\n") == 3);
  CHECK(stats["input_bytes"] == 18);
  CHECK(stats["output_bytes"] == ended.output.size());
  CHECK(stats["item_time_ns"]["measured_items"] == 6);
  std::uint64_t sum = 0;
  for (const json& bucket : stats["item_time_ns"]["histogram"]) {
    sum += bucket["items"].get<std::uint64_t>();
  }
  CHECK(sum == 6);
  CHECK(stats["host"]["peak_bytes"].get<std::uint64_t>() > 1 << 20);
}

TEST_CASE("a slow item among fast ones is measured by itself, one task each") {
  const TestFolder folder;
  const Ended ended = run_forkmap({"run", test_plugin("faulty") + ":sleep_ms", "-j1", "--chunk",
                                   "1", "--stats", folder.path() + "/stats"},
                                  same_items(500, "0") + "300\n" + same_items(20, "0"));
  REQUIRE(ended.status == 0);
  const json times = json::parse(folder.read("stats"))["item_time_ns"];
  CHECK(times["max"].get<std::uint64_t>() >= 300'000'000);
  CHECK(times["p50"].get<std::uint64_t>() < 300'000'000);
  CHECK(times["measured_items"] == 521);
}

TEST_CASE("an item that runs too long is counted as a time-out") {
  const TestFolder folder;
  const Ended ended = run_forkmap({"run", test_plugin("faulty") + ":hang_on_three", "--timeout",
                                   "300ms", "--retries", "0", "--stats", folder.path() + "/stats",
                                   "--trace", folder.path() + "/trace", "1", "2", "3", "4"});
  REQUIRE(ended.status == 1);
  const json stats = json::parse(folder.read("stats"));
  CHECK(stats["events"]["timeouts"] == 1);
  CHECK(stats["events"]["deaths"] == 1);
  const json trace = json::parse(folder.read("trace"));
  const auto lost = of_category(trace, "lost");
  REQUIRE(lost.size() == 1);
  CHECK(lost[0]["dur"].get<double>() >= 300'000);
  CHECK(of_category(trace, "death").at(0)["name"] == "worker timed out");
}

TEST_CASE("workers that are replaced in time are no deaths") {
  const TestFolder folder;
  const Ended ended = run_forkmap(
      {"run", "arith:square", "-j1", "--recycle", "10", "--stats", folder.path() + "/stats"},
      numbers(35));
  REQUIRE(ended.status == 0);
  const json stats = json::parse(folder.read("stats"));
  CHECK(stats["events"]["recycled"] == 3);
  CHECK(stats["events"]["deaths"] == 0);
  CHECK(stats["workers"][0]["processes"] == 4);
  CHECK(stats["workers"][0]["items"] == 35);
}

TEST_CASE("a wait for input, and a reader that does not read, are told apart") {
  const TestFolder folder;
  ChildProcess slow(launch_of({"run", "arith:square", "--stats", folder.path() + "/input"}));
  slow.write("1\n");
  REQUIRE(slow.reads("1\n"));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  REQUIRE(slow.finish("2\n").status == 0);
  const json stalls = json::parse(folder.read("input"))["stalls"];
  CHECK(stalls["input"]["seconds"].get<double>() > 0.2);
  CHECK(stalls["output"]["waits"] == 0);

  // Nobody reads, until the pipe and all buffers are full.
  ChildProcess full(launch_of({"run", test_plugin("faulty") + ":grow", "--chunk", "1", "--input",
                               folder.file("sizes", same_items(400, "100000")), "--stats",
                               folder.path() + "/output"}));
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const Ended ended = full.finish();
  REQUIRE(ended.status == 0);
  const json blocked = json::parse(folder.read("output"))["stalls"];
  CHECK(blocked["output"]["seconds"].get<double>() > 0.1);
  CHECK(blocked["input"]["waits"] == 0);
}

TEST_CASE("without workers the host is the one row") {
  const TestFolder folder;
  const Ended ended = run_forkmap({"run", "--serial", "arith:square", "--trace",
                                   folder.path() + "/trace", "--stats", folder.path() + "/stats",
                                   "--report", folder.path() + "/page", "1", "x", "3"});
  REQUIRE(ended.status == 1);
  const json stats = json::parse(folder.read("stats"));
  CHECK(stats["serial"] == true);
  CHECK(stats["items"]["done"] == 2);
  CHECK(stats["items"]["failed_by_kind"] == json({{"BadItem", 1}}));
  const auto tasks = of_category(json::parse(folder.read("trace")), "task");
  CHECK(items_of(tasks) == 2);
  CHECK(contains(folder.read("page"), ">host<"));
}

TEST_CASE("numbers of a run that goes on are those of this run, and name what was done before") {
  const OutputRun run({"run", "arith:square", "--input"});
  const std::string input = run.folder.file("input", numbers(100));
  REQUIRE(run_forkmap({"run", "arith:square", "--input", run.folder.file("part", numbers(40)),
                       "--output", run.folder.path() + "/P"})
              .status == 0);
  const std::string failing = run.folder.file("failing", numbers(60));
  const Ended first =
      run_forkmap({"run", "arith:square", "--input", input, "--output", run.folder.path() + "/O",
                   "--halt", "soon,done=30", "--chunk", "5", "-j1"});
  const std::uint64_t before = count_of(run.folder.read("O"), "\n");
  INFO(first.errors);
  REQUIRE(before >= 30);
  REQUIRE(before < 100);
  const Ended second =
      run_forkmap({"run", "arith:square", "--input", input, "--output", run.folder.path() + "/O",
                   "--resume", "--stats", run.folder.path() + "/stats"});
  REQUIRE(second.status == 0);
  const json stats = json::parse(run.folder.read("stats"));
  CHECK(stats["items"]["done_earlier"] == before);
  CHECK(stats["items"]["done"] == 100 - before);
}

TEST_CASE("a pool that breaks leaves its page and numbers, and they say why") {
  const TestFolder folder;
  ChildProcess run(launch_of({"run", test_plugin("faulty") + ":sleep_ms", "--late-plugin", "powers",
                              "-j2", "--chunk", "1", "--stats", folder.path() + "/stats",
                              "--report", folder.path() + "/page", "--input",
                              folder.file("input", same_items(5000, "20"))}));
  REQUIRE(run.reads("20\n"));
  // Its zygote is the host's only child; a registry that has moved on cannot be forked again.
  const std::string children =
      "/proc/" + std::to_string(run.pid()) + "/task/" + std::to_string(run.pid()) + "/children";
  std::FILE* const file = std::fopen(children.c_str(), "re");
  REQUIRE(file != nullptr);
  int zygote = 0;
  const int read = std::fscanf(file, "%d", &zygote);
  std::fclose(file);
  REQUIRE(read == 1);
  REQUIRE(::kill(zygote, SIGKILL) == 0);
  const Ended ended = run.finish();
  CHECK(ended.status == 3);
  const json stats = json::parse(folder.read("stats"));
  CHECK(stats["ending"] == "broken");
  CHECK(contains(stats["why"].get<std::string>(), "zygote"));
  CHECK(stats["exit_status"] == 3);
  CHECK(stats["events"]["zygote_deaths"] == 1);
  CHECK(contains(folder.read("page"), "The run broke off"));
}

TEST_CASE("a file that cannot be written is refused before anything is run") {
  const TestFolder folder;
  for (const char* option : {"--trace", "--report", "--stats"}) {
    const Ended ended = run_forkmap({"run", "arith:square", option, "/nowhere/at/all", "3"});
    INFO(option);
    CHECK(ended.status == 2);
    CHECK(ended.output == "");
    CHECK(contains(ended.errors, "cannot write /nowhere/at/all"));
  }
  CHECK(run_forkmap({"run", "arith:square", "--trace-limit", "1M", "3"}).status == 2);
  CHECK(run_forkmap({"run", "arith:square", "--trace", "x", "--trace-limit", "3", "3"}).status ==
        2);
  const std::string same = folder.path() + "/same";
  CHECK(run_forkmap({"run", "arith:square", "--trace", same, "--stats", same, "3"}).status == 2);
}

TEST_CASE("a full disk is told, costs no result, and is no success") {
  for (const char* option : {"--trace", "--report", "--stats"}) {
    const Ended ended = run_forkmap({"run", "arith:square", option, "/dev/full", "3"});
    INFO(option);
    CHECK(ended.status == 3);
    CHECK(ended.output == "9\n");
    CHECK(contains(ended.errors, "/dev/full"));
  }
}

TEST_CASE("numbers replace those of the run before, through a symbolic link too") {
  const TestFolder folder;
  const std::string target = folder.file("target", "old");
  std::filesystem::create_symlink(target, folder.path() + "/link");
  REQUIRE(run_forkmap({"run", "arith:square", "--stats", folder.path() + "/link", "3"}).status ==
          0);
  CHECK(std::filesystem::is_symlink(folder.path() + "/link"));
  CHECK(json::parse(folder.read("target"))["items"]["done"] == 1);
}

TEST_CASE("a page shows hostile items as text") {
  const TestFolder folder;
  const Ended ended =
      run_forkmap({"run", "arith:square", "--report", folder.path() + "/page"},
                  "<script>alert(1)</script>\n\xff\xfe\n\"><img src=x onerror=y>\n7\n"
                  "&amp;\n\xe2\x80\xaetxt\n");
  REQUIRE(ended.status == 1);
  const std::string page = folder.read("page");
  CHECK(!contains(page, "<script"));
  CHECK(!contains(page, "<img"));
  CHECK(contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
  CHECK(contains(page, "\\xff\\xfe"));
  CHECK(contains(page, "&amp;amp;"));
  CHECK(!contains(page, "\xe2\x80\xae"));
  CHECK(contains(page, "BadItem · 5 items"));
  CHECK(contains(page, "arith:square"));
  // Nothing comes from elsewhere.
  CHECK(!contains(page, "http:"));
  CHECK(!contains(page, "https:"));
  CHECK(!contains(page, "url("));
}

TEST_CASE("a page stays small, however many items and workers there are") {
  const TestFolder folder;
  const std::string input = folder.file("input", numbers(300'000));
  const Ended ended =
      run_forkmap({"run", "arith:square", "-j", "80", "--chunk", "10", "--input", input, "--report",
                   folder.path() + "/page", "--reduce", "count"});
  INFO(ended.errors);
  REQUIRE(ended.output == "300000\n");
  const std::string page = folder.read("page");
  CHECK(count_of(page, "<rect") < 1500);
  CHECK(page.size() < 400'000);
  CHECK(contains(page, "w0–"));
}
