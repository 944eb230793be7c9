// SPDX-License-Identifier: Apache-2.0
// What the command must show in any case, as a user would type it.

#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "tests/catch.hpp"
#include "tests/cli/child_process.hpp"

using namespace forkmap::cli;
using namespace std::chrono_literals;

namespace {

struct Relative {
  pid_t pid;
  pid_t parent;
};

std::vector<Relative> all_processes() {
  std::vector<Relative> all;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const std::size_t close = text.rfind(')');
    if (close == std::string::npos) continue;
    all.push_back({std::stoi(name), std::atoi(text.c_str() + close + 4)});
  }
  return all;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const Relative& process : all_processes()) {
    if (process.parent == parent) children.push_back(process.pid);
  }
  return children;
}

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
  Launch launch;
  launch.command = {"/bin/bash", "-c",
                    "exec " FORKMAP_COMMAND " run -p arith -j 4 --retries 50 square < <(seq " +
                        std::to_string(kItems) + ")"};
  launch.output_file = folder.path() + "/results";
  ChildProcess process(launch);
  std::minstd_rand random(7);
  bool zygote_killed = false;
  int kills = 0;
  for (int round = 0; round < 400; ++round) {
    std::this_thread::sleep_for(10ms);
    const auto zygotes = children_of(process.pid());
    if (zygotes.empty()) continue;
    const auto workers = children_of(zygotes.front());
    if (round == 15 && !zygote_killed) {
      zygote_killed = ::kill(zygotes.front(), SIGKILL) == 0;
    } else if (!workers.empty()) {
      kills += ::kill(workers[random() % workers.size()], SIGKILL) == 0;
    }
    if (std::filesystem::file_size(launch.output_file) > 0 && kills > 100) break;
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
                    "command -v gdb >/dev/null || { echo no gdb; exit 0; }\n"
                    "line=$(" FORKMAP_COMMAND " run " FORKMAP_TEST_PLUGIN_DIR
                    "/faulty.so:crash_on_three 3 2>&1 | sed -n 's/.*to replay it: //p')\n"
                    "eval \"gdb -q -batch -ex run -ex bt --args $line\" 2>&1"};
  const Ended ended = ChildProcess(launch).finish();
  if (contains(ended.output, "no gdb")) return;
  INFO(ended.output);
  CHECK(contains(ended.output, "SIGSEGV"));
  CHECK(contains(ended.output, "crash_on_three"));
}
