// SPDX-License-Identifier: Apache-2.0
// What the command must show in any case, as a user would type it.

#include <signal.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <system_error>
#include <thread>

#include "tests/catch.hpp"
#include "tests/cli/item_lines.hpp"
#include "tests/cli/process_tree.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using namespace std::chrono_literals;

TEST_CASE("a million lines are squared in order") {
  Launch launch;
  launch.command = {"/bin/bash", "-c", "seq 1000000 | " FORKMAP_COMMAND " run -p arith square"};
  const Ended ended = ChildProcess(launch).finish();
  CHECK(ended.status == 0);
  CHECK(ended.errors == "");
  CHECK((ended.output == squares(1000000)));
}

TEST_CASE("the sum of twenty squares over two workers is 2870") {
  Launch launch;
  launch.command = {"/bin/bash", "-c",
                    "seq 1 20 | " FORKMAP_COMMAND " run -p arith -j 2 --reduce sum square"};
  CHECK(ChildProcess(launch).finish().output == "2870\n");
}

TEST_CASE("results are right while workers, and once the zygote, are killed at random") {
  constexpr long kItems = 3'000'000;
  constexpr long kPieces = 60;
  const TestFolder folder;
  Launch launch = launch_of({"run", "-p", "arith", "-j", "4", "--retries", "50", "square"});
  launch.output_file = folder.path() + "/results";
  ChildProcess process(launch);
  process.write(numbers(1, kItems / kPieces));
  // Before the pool is up its children are probes of plugins, and a zygote that cannot be replaced.
  const auto has_results = [&launch] {
    std::error_code none_yet;
    const auto size_bytes = std::filesystem::file_size(launch.output_file, none_yet);
    return !none_yet && size_bytes > 0;
  };
  while (!has_results() && state_of(process.pid()) != 'Z') std::this_thread::sleep_for(1ms);
  // Each piece of the input comes with a death; the last one comes at the end of them.
  std::minstd_rand random(7);
  int kills = 0;
  bool is_zygote_killed = false;
  for (long piece = 1; piece + 1 < kPieces; ++piece) {
    process.write(numbers(1 + piece * kItems / kPieces, (piece + 1) * kItems / kPieces));
    const auto zygotes = children_of(process.pid());
    if (zygotes.empty()) continue;
    const auto workers = children_of(zygotes.front());
    if (piece >= 20 && !is_zygote_killed) {
      is_zygote_killed = ::kill(zygotes.front(), SIGKILL) == 0;
    } else if (!workers.empty()) {
      kills += ::kill(workers[random() % workers.size()], SIGKILL) == 0;
    }
  }
  const Ended ended = process.finish(numbers(1 + (kPieces - 1) * kItems / kPieces, kItems));
  INFO(ended.errors);
  CHECK(ended.status == 0);
  CHECK(kills > 0);
  CHECK(is_zygote_killed);
  CHECK((folder.read("results") == squares(kItems)));
}

TEST_CASE("the replay line works under gdb") {
  Launch launch;
  launch.command = {"/bin/bash", "-c",
                    "line=$(" FORKMAP_COMMAND " run " FORKMAP_TEST_PLUGIN_DIR
                    "/faulty.so:crash_on_three 3 2>&1 | sed -n 's/.*to replay it: //p')\n"
                    "eval \"gdb -q -batch -ex run -ex bt --args $line\" 2>&1"};
  const Ended ended = ChildProcess(launch).finish();
  INFO(ended.output);
  CHECK(contains(ended.output, "SIGSEGV"));
  CHECK(contains(ended.output, "crash_on_three"));
}
