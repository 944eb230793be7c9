// SPDX-License-Identifier: Apache-2.0
// What a run tells of itself while it goes on: by SIGUSR1 and over its status socket.

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

#include "tests/catch.hpp"
#include "tests/command/item_lines.hpp"
#include "tests/command/process_tree.hpp"
#include "tests/command/status_socket.hpp"
#include "tests/kit/child_process.hpp"
#include "tests/kit/comes_true.hpp"

using namespace forkmap::cli;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using Items = std::vector<std::uint64_t>;

const std::string kSleep = test_plugin("faulty") + ":sleep_ms";

// Asks until the items that run are these, and all outcomes before them have been seen, too.
json status_with(const ChildProcess& run, const Items& items, int finished = 1) {
  json status;
  (void)comes_true([&] {
    status = status_of(run.pid());
    const json& counts = status["items"];
    return running_items(status) == items &&
           counts["done"].get<int>() + counts["waiting"].get<int>() == finished;
  });
  CHECK(running_items(status) == items);
  return status;
}

// Of two workers, of which each has one of the last two items, and no end to it.
std::vector<std::string> long_run() {
  return {"run", "-j2", "--chunk", "1", kSleep, "1", "600000", "600001"};
}

}  // namespace

TEST_CASE("SIGUSR1 prints what is done, and each worker with its item, and the run goes on") {
  ChildProcess run(launch_of(long_run()));
  REQUIRE(run.reads("1\n"));
  (void)status_with(run, {2, 3});
  run.signal(SIGUSR1);
  REQUIRE(run.reads_error("1 of 3 done, 0 failed\n"));
  REQUIRE(run.reads_error("respawns\n"));
  REQUIRE(run.reads_error("w1"));
  REQUIRE(
      contains(run.errors(), "faulty:sleep_ms, pid " + std::to_string(run.pid()) + ", running, "));
  CHECK(contains(run.errors(), ", 2 workers\n"));
  const json status = status_of(run.pid());
  for (const json& worker : status["workers"]) {
    const std::string pid = std::to_string(worker["pid"].get<pid_t>());
    CHECK(contains(run.errors(), pid + "  running     " + worker["item"].dump() + "  "));
  }
  run.signal(SIGUSR1);
  run.signal(SIGTERM);
  REQUIRE(run.reads_error("SIGTERM: no more items are started"));
  run.signal(SIGTERM);
  const Ended ended = run.finish();
  CHECK(ended.signal == SIGTERM);
  CHECK(count_of(ended.errors, "respawns\n") == 2);
}

TEST_CASE("SIGUSR1 harms no run, however early or often it comes") {
  for (int i = 0; i < 5; ++i) {
    ChildProcess run(launch_of({"run", "-j2", "--chunk", "1", kSleep}));
    REQUIRE(comes_true([&] { return heeds(run.pid(), SIGUSR1) || state_of(run.pid()) == 'Z'; }));
    for (int sent = 0; sent < 50; ++sent) {
      run.signal(SIGUSR1);
      std::this_thread::sleep_for(1ms);
    }
    const Ended ended = run.finish(numbers(20));
    CHECK(ended.status == 0);
    CHECK(ended.output == numbers(20));
    CHECK_FALSE(contains(ended.errors, "WorkerDied"));
  }
}

TEST_CASE("the status has the items exactly, and what waits behind one that is not finished") {
  ChildProcess run(launch_of({"run", "-j2", "--chunk", "1", kSleep, "600000", "1", "1", "1", "x"}));
  REQUIRE(wait_for_status_socket(run.pid()));
  const json status = status_with(run, {1}, 4);
  CHECK(status["forkmap_status"] == 1);
  CHECK(status["pid"] == run.pid());
  CHECK(status["function"] == "faulty:sleep_ms");
  CHECK(status["state"] == "running");
  CHECK(status["items"] == json({{"done", 0}, {"waiting", 4}, {"failed", 0}, {"total", 5}}));
  CHECK(status["workers_wanted"] == 2);
  CHECK(status["rate"].get<double>() > 0);
  const pid_t zygote = children_of(run.pid()).at(0);
  auto workers = children_of(zygote);
  std::vector<pid_t> told;
  for (const json& worker : status["workers"]) {
    told.push_back(worker["pid"]);
    CHECK(worker["state"] == (worker["item"].is_null() ? "idle" : "running"));
    CHECK(worker["done"] == (worker["item"].is_null() ? 4 : 0));
    CHECK(worker["respawns"] == 0);
  }
  std::ranges::sort(told);
  std::ranges::sort(workers);
  CHECK(told == workers);
}

TEST_CASE("how long an item runs grows while it does, and stands still while the run is stopped") {
  ChildProcess run(launch_of(long_run()));
  REQUIRE(run.reads("1\n"));
  const auto least = [&run] {
    double seconds = 1e9;
    const json status = status_with(run, {2, 3});
    for (const json& worker : status["workers"]) {
      seconds = std::min(seconds, worker["item_s"].get<double>());
    }
    return seconds;
  };
  const double first = least();
  REQUIRE(comes_true([&] { return least() > first + 0.5; }));
  run.signal(SIGTSTP);
  REQUIRE(comes_true([&] { return state_of(run.pid()) == 'T'; }));
  std::this_thread::sleep_for(1s);
  run.signal(SIGCONT);
  const double after = least();
  // It has run for as long as the test has, but for the time in which it was stopped.
  const json status = status_with(run, {2, 3});
  CHECK(after < status["elapsed_s"].get<double>() - 1);
}

TEST_CASE("a worker that was replaced is told with its respawn, and items by their numbers") {
  ChildProcess run(launch_of({"run", "-j1", "--chunk", "1", "--retries", "0", "--first-item", "11",
                              "--shard", "2/3", "--unordered", kSleep, "9", "600000"}));
  REQUIRE(wait_for_status_socket(run.pid()));
  // The second of three: item 12.
  const json before = status_with(run, {12}, 0);
  const pid_t worker = before["workers"][0]["pid"];
  ::kill(worker, SIGKILL);
  CHECK(run.finish().status == 1);
  CHECK(contains(run.errors(), "item 12"));

  ChildProcess again(launch_of(
      {"run", "-j1", "--chunk", "1", "--retries", "0", "--unordered", kSleep, "600000", "600000"}));
  REQUIRE(wait_for_status_socket(again.pid()));
  ::kill(status_with(again, {1}, 0).at("workers").at(0).at("pid").get<pid_t>(), SIGKILL);
  const json after = status_with(again, {2});
  CHECK(after["workers"][0]["respawns"] == 1);
  CHECK(after["items"] == json({{"done", 1}, {"waiting", 0}, {"failed", 1}, {"total", 2}}));
}

TEST_CASE("a run that waits for input, or drains, answers") {
  ChildProcess run(launch_of({"run", "-j1", "--chunk", "1", kSleep}));
  run.write("1\n");
  REQUIRE(run.reads("1\n"));
  const json idle = status_of(run.pid());
  CHECK(idle["items"] == json({{"done", 1}, {"waiting", 0}, {"failed", 0}, {"total", nullptr}}));
  CHECK(idle["workers"][0]["state"] == "idle");
  CHECK(idle["workers"][0]["item"].is_null());
  CHECK(idle["left_s"].is_null());
  run.write("600000\n");
  (void)status_with(run, {2});
  run.signal(SIGINT);
  REQUIRE(run.reads_error("no more items are started"));
  const json draining = status_of(run.pid());
  CHECK(draining["state"] == "ending");
  CHECK(running_items(draining) == Items{2});
  CHECK(contains(ask(run.pid(), "{\"forkmap_status\":1,\"request\":\"resize\",\"workers\":2}\n"),
                 "the run is ending"));
  run.signal(SIGINT);
  CHECK(run.finish().signal == SIGINT);
}

TEST_CASE("a run with --no-status has no socket, and prints its status all the same") {
  ChildProcess run(launch_of({"run", "--no-status", "arith:square"}));
  run.write("3\n");
  REQUIRE(run.reads("9\n"));
  CHECK(socket_inodes(status_name_of(run.pid())).empty());
  run.signal(SIGUSR1);
  REQUIRE(run.reads_error("1 done, 0 failed"));
  CHECK(run.finish().status == 0);
}
