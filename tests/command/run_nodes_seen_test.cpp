// SPDX-License-Identifier: Apache-2.0
// What is shown of a run over nodes, while it goes on and afterwards.

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/catch.hpp"
#include "tests/command/item_lines.hpp"
#include "tests/command/node_run.hpp"
#include "tests/command/trace_reading.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using nlohmann::json;

namespace {

constexpr const char* kNode = "localhost#2";

json status_of(pid_t run) {
  const Ended ended = run_forkmap({"top", std::to_string(run), "--json"});
  INFO(ended.errors);
  REQUIRE(ended.status == 0);
  return json::parse(ended.output);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("top and SIGUSR1 show a node, and whether it is lost") {
  if (!has_mpi()) return;
  const TestFolder folder;
  ChildProcess run(node_launch({1}, {"--chunk", "1", "--stats", folder.path() + "/stats", "--trace",
                                     folder.path() + "/trace", "--report", folder.path() + "/page",
                                     faulty() + ":sleep_ms"}));
  run.write(same_items(400, "10"));
  REQUIRE(run.reads("10\n"));
  json status = status_of(run.pid());
  while (status["nodes"][0]["done"] == 0) status = status_of(run.pid());
  CHECK(status["nodes"].size() == 1);
  CHECK(status["nodes"][0]["node"] == kNode);
  CHECK(status["nodes"][0]["state"] == "up");
  CHECK(status["nodes"][0]["workers"] == 1);
  CHECK(status["workers_wanted"] == 1);
  const Ended shown = run_forkmap({"top", std::to_string(run.pid()), "--once"});
  CHECK(contains(shown.output, "1 worker here, 1 other machine\n"));
  CHECK(contains(shown.output, "\nlocalhost#2  up "));
  run.signal(SIGUSR1);
  CHECK(run.reads_error("\nlocalhost#2  up "));
  CHECK(run_forkmap({"top", std::to_string(run.pid()), "--node", "nobody"}).status == 2);

  REQUIRE(::kill(wait_for_agents(run.pid(), 1).front(), SIGKILL) == 0);
  REQUIRE(run.reads_error("was lost: its connection was closed"));
  CHECK(status_of(run.pid())["nodes"][0]["state"] == "lost");
  const Ended ended = run.finish();
  CHECK(ended.status == 0);
  CHECK(ended.output == same_items(400, "10"));

  const json stats = json::parse(folder.read("stats"));
  CHECK(stats["events"]["lost_nodes"] == 1);
  REQUIRE(stats["nodes"].size() == 1);
  CHECK(stats["nodes"][0]["name"] == kNode);
  CHECK(stats["nodes"][0]["items"] > 0);
  CHECK(stats["nodes"][0]["blocks"] > 0);
  CHECK(stats["nodes"][0]["received_bytes"] > 0);
  CHECK(stats["nodes"][0]["lost_s"] > 0);
  const json trace = json::parse(folder.read("trace"));
  json process;
  for (const json& event : trace) {
    if (event["name"] == "process_name" && event["args"]["name"] == "node localhost#2") {
      process = event["pid"];
    }
  }
  const auto deaths = of_category(trace, "death");
  REQUIRE(deaths.size() == 1);
  CHECK(deaths[0]["name"] == "node lost");
  CHECK(deaths[0]["pid"] == process);
  CHECK(contains(folder.read("page"), "class=\"mark lost\""));
}

TEST_CASE("failures, crash files, log of tasks and summary say on which node it was") {
  if (!has_mpi()) return;
  const TestFolder folder;
  const std::string log = folder.path() + "/log";
  const Ended ended =
      run_over_nodes({1},
                     {"--chunk", "1", "--retries", "0", "--summary", "--joblog", log, "--failures",
                      folder.path() + "/failures", "--crash-dir", folder.path() + "/crashes",
                      "--stats", folder.path() + "/stats", faulty() + ":crash_on_three"},
                     same_items(300, "3"));
  INFO(ended.errors);
  CHECK(ended.status == 1);
  std::size_t there = 0;
  const std::vector<std::string> failures = lines_of(folder.read("failures"));
  CHECK(failures.size() == 300);
  for (const std::string& line : failures) {
    const json failure = json::parse(line);
    const bool is_there = failure.contains("node");
    if (is_there) CHECK(failure["node"] == kNode);
    const std::string who = "worker " + std::to_string(failure["pid"].get<int>());
    CHECK(contains(failure["message"].get<std::string>(),
                   who + (is_there ? " of node localhost#2 was killed" : " was killed")));
    if (is_there) ++there;
  }
  CHECK(there > 0);
  std::size_t hosts = 0;
  for (const std::string& line : lines_of(folder.read("log"))) {
    if (contains(line, "\tlocalhost#2\t")) ++hosts;
  }
  // A line may be of several items.
  CHECK(hosts > 0);
  CHECK(hosts <= there);
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder.path() + "/crashes")) {
    const std::string name = file.path().filename().string();
    if (!contains(name, "-localhost_2")) continue;
    ++files;
    CHECK(contains(folder.read("crashes/" + name), "\nnode         localhost#2\n"));
  }
  // What a late block was copied for is told of both machines.
  CHECK(files >= there);
  CHECK(json::parse(folder.read("stats"))["nodes"][0]["items"] >= there);
  CHECK(contains(ended.errors, "node  worker"));
}
