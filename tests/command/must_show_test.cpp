// SPDX-License-Identifier: Apache-2.0
// What the command must show in any case, as a user would type it.

#include <signal.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <system_error>
#include <thread>

#include "tests/catch.hpp"
#include "tests/cli/child_process.hpp"
#include "tests/cli/process_tree.hpp"

using namespace forkmap::cli;
using namespace std::chrono_literals;

namespace {

std::string squares(long last) {
  std::string lines;
  for (long i = 1; i <= last; ++i) lines += std::to_string(i * i) + "\n";
  return lines;
}

}  // namespace

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
  const TestFolder folder;
  std::string items;
  for (long i = 1; i <= kItems; ++i) items += std::to_string(i) + "\n";
  Launch launch = launch_of({"run", "-p", "arith", "-j", "4", "--retries", "50", "square",
                             "--input", folder.file("items", items)});
  launch.output_file = folder.path() + "/results";
  ChildProcess process(launch);
  // Before the pool is up its children are probes of plugins, and a zygote that cannot be replaced.
  const auto has_results = [&launch] {
    std::error_code none_yet;
    const auto size_bytes = std::filesystem::file_size(launch.output_file, none_yet);
    return !none_yet && size_bytes > 0;
  };
  while (!has_results() && state_of(process.pid()) != 'Z') std::this_thread::sleep_for(1ms);
  std::minstd_rand random(7);
  int kills = 0;
  for (int round = 0; state_of(process.pid()) != 'Z'; ++round) {
    const auto zygotes = children_of(process.pid());
    if (zygotes.empty()) continue;
    const auto workers = children_of(zygotes.front());
    if (round == 3) {
      ::kill(zygotes.front(), SIGKILL);
    } else if (!workers.empty()) {
      kills += ::kill(workers[random() % workers.size()], SIGKILL) == 0;
    }
    std::this_thread::sleep_for(2ms);
  }
  const Ended ended = process.finish();
  INFO(ended.errors);
  CHECK(ended.status == 0);
  CHECK(kills > 0);
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
