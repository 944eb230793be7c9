// SPDX-License-Identifier: Apache-2.0
// Numbers of real runs.

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/catch.hpp"
#include "tests/cli/item_lines.hpp"
#include "tests/cli/process_tree.hpp"
#include "tests/cli/status_socket.hpp"
#include "tests/cli/trace_reading.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using nlohmann::json;

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
  wait_until_asleep(slow.pid());
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  REQUIRE(slow.finish("2\n").status == 0);
  const json stalls = json::parse(folder.read("input"))["stalls"];
  CHECK(stalls["input"]["seconds"].get<double>() > 0.2);
  CHECK(stalls["output"]["waits"] == 0);

  // Nobody reads, until the pipe and all buffers are full, and nobody has anything to do.
  ChildProcess full(launch_of({"run", test_plugin("faulty") + ":grow", "--chunk", "1", "--input",
                               folder.file("sizes", same_items(400, "100000")), "--stats",
                               folder.path() + "/output"}));
  REQUIRE(wait_until_idle(full.pid()));
  wait_until_asleep(full.pid());
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const Ended ended = full.finish();
  REQUIRE(ended.status == 0);
  const json blocked = json::parse(folder.read("output"))["stalls"];
  CHECK(blocked["output"]["seconds"].get<double>() > 0.1);
  CHECK(blocked["input"]["waits"] == 0);
}

TEST_CASE("numbers of a run that goes on are those of this run, and name what was done before") {
  const TestFolder folder;
  const std::string gate = folder.path() + "/gate";
  const std::vector<std::string> command = {"run",      test_plugin("gates") + ":wait_at",
                                            "--param",  "at=60",
                                            "--param",  "gate=" + gate,
                                            "--input",  folder.file("input", numbers(100)),
                                            "--output", folder.path() + "/O",
                                            "--chunk",  "5",
                                            "-j1"};
  const auto with = [&command](std::vector<std::string> more) {
    more.insert(more.begin(), command.begin(), command.end());
    return more;
  };
  // Item 60, if it is begun at all, waits until the rule is met and what has not begun is taken
  // back; so the last items are never begun.
  ChildProcess halted(launch_of(with({"--halt", "soon,done=30"})));
  REQUIRE(halted.reads_error("--halt soon,done=30"));
  wait_until_ending(halted.pid());
  (void)folder.file("gate", "open");
  const Ended first = halted.finish();
  INFO(first.errors);
  const std::uint64_t before = count_of(folder.read("O"), "\n");
  REQUIRE(before >= 30);
  REQUIRE(before < 100);
  const Ended second = run_forkmap(with({"--resume", "--stats", folder.path() + "/stats"}));
  INFO(second.errors);
  REQUIRE(second.status == 0);
  const json stats = json::parse(folder.read("stats"));
  CHECK(stats["items"]["done_earlier"] == before);
  CHECK(stats["items"]["done"] == 100 - before);
  CHECK(folder.read("O") == numbers(100));
}
