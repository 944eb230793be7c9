// SPDX-License-Identifier: Apache-2.0
// Readers of results that stop, and come back.

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/catch.hpp"
#include "tests/command/item_lines.hpp"
#include "tests/command/process_tree.hpp"
#include "tests/command/status_socket.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr std::size_t kFullBytes = std::size_t{4} << 20;  // then the host takes no more results

}  // namespace

TEST_CASE("a reader that stops until 4 MiB wait, and then reads all at once, gets all results") {
  const TestFolder folder;
  const std::string input = folder.file("input", numbers(1'000'000));
  const std::string expected = squares(1'000'000);
  for (const std::string workers : {"1", "2", "2", "3"}) {
    CAPTURE(workers);
    ChildProcess run(launch_of({"run", "--input", input, "-j", workers, "arith:square"}));
    REQUIRE(wait_until_idle(run.pid()));
    CHECK(run.waits_to_read() > 0);
    const Ended ended = run.finish();
    CHECK(ended.status == 0);
    CHECK(ended.errors == "");
    CHECK(ended.output.size() == expected.size());
    CHECK(ended.output == expected);
  }
}

TEST_CASE("a reader that stops gets all of few large results, too") {
  const TestFolder folder;
  const std::string input = folder.file("input", same_items(60, "250000"));
  for (const std::string order : {"--ordered", "--unordered"}) {
    CAPTURE(order);
    ChildProcess run(launch_of({"run", "--input", input, "-j2", order, faulty() + ":grow"}));
    REQUIRE(wait_until_idle(run.pid()));
    const Ended ended = run.finish();
    CHECK(ended.status == 0);
    CHECK(ended.output.size() == 60 * 250'001);
  }
}

TEST_CASE("a reader that stops again and again gets all results") {
  const TestFolder folder;
  const std::string input = folder.file("input", numbers(600'000));
  ChildProcess run(launch_of({"run", "--input", input, "-j2", "arith:square"}));
  for (int stop = 0; stop < 3; ++stop) {
    REQUIRE(wait_until_idle(run.pid()));
    REQUIRE(run.reads_bytes(run.output().size() + kFullBytes / 4 + 1));
  }
  CHECK(run.finish().output == squares(600'000));
}

TEST_CASE("results of a serial run are written while it waits for input") {
  ChildProcess run(launch_of({"run", "--serial", faulty() + ":grow"}));
  run.write("300000\n");
  // The pipe is full, and most of the result is left; then the reader comes, and no more input.
  while (run.waits_to_read() < 65536 && state_of(run.pid()) != 'Z')
    std::this_thread::sleep_for(1ms);
  CHECK(run.reads_bytes(300'001));
  const Ended ended = run.finish("1\n");
  CHECK(ended.status == 0);
  CHECK(ended.output.size() == 300'003);
}

TEST_CASE("a serial run keeps no more results than its reader has not taken") {
  const TestFolder folder;
  const std::string input = folder.file("input", same_items(600, "250000"));
  ChildProcess run(launch_of({"run", "--serial", "--input", input, "--stats",
                              folder.path() + "/stats", faulty() + ":grow"}));
  // It waits, in a full pipe, for the reader.
  while (run.waits_to_read() < 65536 && state_of(run.pid()) != 'Z')
    std::this_thread::sleep_for(1ms);
  wait_until_asleep(run.pid());
  const Ended ended = run.finish();
  CHECK(ended.status == 0);
  CHECK(ended.output.size() == 600 * 250'001);
#if !defined(FORKMAP_SANITIZED)  // which gives memory back late
  CHECK(json::parse(folder.read("stats"))["host"]["peak_bytes"] < 120'000'000);
#endif
}
