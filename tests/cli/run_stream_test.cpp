// SPDX-License-Identifier: Apache-2.0
// Input that comes slowly or never ends, and signals.

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/catch.hpp"
#include "tests/cli/item_lines.hpp"
#include "tests/cli/process_tree.hpp"
#include "tests/cli/status_socket.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using namespace std::chrono_literals;

namespace {

bool is_alive(pid_t pid) { return state_of(pid) != 0; }

// One worker, whose items from 300 on wait for the file "gate".
Launch waiting_at_300(const TestFolder& folder) {
  return launch_of({"run", test_plugin("gates") + ":wait_at", "-j1", "--chunk", "1", "--param",
                    "at=300", "--param", "gate=" + folder.path() + "/gate"});
}

}  // namespace

TEST_CASE("a result is there as soon as its item is, however slow the pipe") {
  ChildProcess process(launch_of({"run", "arith:square"}));
  for (int i = 1; i <= 5; ++i) {
    process.write(std::to_string(i) + "\n");
    REQUIRE(process.reads(std::to_string(i * i) + "\n"));
  }
  process.write("6");  // no newline: it is an item only when the input ends
  const Ended ended = process.finish();
  CHECK(ended.output == "1\n4\n9\n16\n25\n36\n");
  CHECK(ended.status == 0);
}

TEST_CASE("a line may come in pieces") {
  ChildProcess process(launch_of({"run", "arith:square"}));
  process.write("1");
  std::this_thread::sleep_for(20ms);
  process.write("2\n3");
  REQUIRE(process.reads("144\n"));
  process.write("\n");
  REQUIRE(process.reads("9\n"));
  CHECK(process.finish().status == 0);
}

TEST_CASE("a FIFO without a writer is waited for") {
  const TestFolder folder;
  const std::string fifo = folder.path() + "/fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  ChildProcess process(launch_of({"run", "arith:square", "--input", fifo}));
  std::this_thread::sleep_for(50ms);
  std::ofstream(fifo) << "5\n6\n" << std::flush;
  const Ended ended = process.finish();
  CHECK(ended.output == "25\n36\n");
  CHECK(ended.status == 0);
}

TEST_CASE("an endless input gives results at once, and waits for a slow reader in bounded memory") {
  Launch launch;
  launch.command = {"/bin/bash", "-c",
                    "exec " FORKMAP_COMMAND " run arith:square < <(yes 12345 2>/dev/null)"};
  ChildProcess process(launch);
  REQUIRE(process.reads("152399025\n152399025\n"));
  // Nobody reads: memory grows to its bound, and then no more.
  std::uint64_t before = 0;
  std::uint64_t now = private_bytes_of(process.pid());
  for (int i = 0; i < 100 && now != before; ++i) {
    before = now;
    std::this_thread::sleep_for(300ms);
    now = private_bytes_of(process.pid());
  }
  CHECK(now == before);
  CHECK(now < (std::uint64_t{2} << 30));
  process.close_output();
  const Ended ended = process.finish();
  CHECK(ended.status == 141);
  CHECK(ended.errors == "");
}

TEST_CASE("a reader that takes its time gets everything") {
  ChildProcess process(launch_of({"run", "arith:square", "-j2"}));
  // More than pipes and buffers take: the program has to wait for the reader and goes on
  // afterwards.
  const std::string lines = numbers(1, 400000);
  const Ended ended = process.finish(lines);
  CHECK(count_of(ended.output, "\n") == 400000);
  CHECK(ended.output.ends_with("\n160000000000\n"));
  CHECK(ended.status == 0);
}

TEST_CASE("an interrupt lets running items finish, writes them, and ends by the signal") {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    const TestFolder folder;
    ChildProcess process(waiting_at_300(folder));
    process.write("1\n");
    REQUIRE(process.reads("1\n"));
    process.write("300\n");
    REQUIRE(wait_until_runs(process.pid(), {2}));
    process.signal(number);
    wait_until_ending(process.pid());
    (void)folder.file("gate", "open");
    const Ended ended = process.finish();
    CHECK(ended.output == "1\n300\n");
    CHECK(ended.signal == number);
  }
}

TEST_CASE("an interrupt takes back what has not begun") {
  const TestFolder folder;
  ChildProcess process(waiting_at_300(folder));
  process.write("1\n");
  REQUIRE(process.reads("1\n"));
  process.write("300\n100000\n100000\n");
  REQUIRE(wait_until_runs(process.pid(), {2}));
  process.signal(SIGTERM);
  wait_until_ending(process.pid());
  (void)folder.file("gate", "open");
  const Ended ended = process.finish();
  CHECK(ended.output == "1\n300\n");
  CHECK(contains(ended.errors, "items that were read and not finished: "));
  CHECK(ended.signal == SIGTERM);
}

TEST_CASE("a second interrupt ends a run at once") {
  ChildProcess process(
      launch_of({"run", test_plugin("faulty") + ":sleep_ms", "-j2", "1", "100000", "100000"}));
  REQUIRE(process.reads("1\n"));
  process.signal(SIGINT);
  REQUIRE(process.reads_error("SIGINT"));
  process.signal(SIGINT);
  const Ended ended = process.finish();
  CHECK(ended.output == "1\n");
  CHECK(ended.signal == SIGINT);
}

TEST_CASE("the grace time ends a drain") {
  ChildProcess process(launch_of({"run", test_plugin("faulty") + ":sleep_ms", "--grace", "100ms",
                                  "-j2", "1", "100000", "100000"}));
  REQUIRE(process.reads("1\n"));
  process.signal(SIGTERM);
  const Ended ended = process.finish();
  CHECK(contains(ended.errors, "items that were read and not finished: 2"));
  CHECK(ended.signal == SIGTERM);
}

TEST_CASE("a reduction that was interrupted prints no total") {
  ChildProcess process(launch_of({"run", test_plugin("faulty") + ":sleep_ms", "--reduce", "sum"}));
  process.write("1\n2\n3\n");
  REQUIRE(wait_for_status_socket(process.pid()));
  while (status_of(process.pid())["items"]["done"] != 3) std::this_thread::sleep_for(5ms);
  process.signal(SIGINT);
  REQUIRE(process.reads_error("SIGINT"));
  const Ended ended = process.finish();
  CHECK(ended.output == "");
  CHECK(contains(ended.errors, "partial sum"));
  CHECK(ended.signal == SIGINT);
}

TEST_CASE("no process is left when the host is killed") {
  ChildProcess process(launch_of({"run", test_plugin("faulty") + ":pid", "-j3", "--chunk", "1"}));
  process.write("1\n2\n3\n4\n5\n6\n");
  REQUIRE(process.reads("\n"));
  const pid_t worker = std::stoi(process.output());
  REQUIRE(is_alive(worker));
  REQUIRE(children_of(process.pid()).size() == 1);
  process.signal(SIGKILL);
  CHECK(process.finish().signal == SIGKILL);
  for (int i = 0; i < 6000 && is_alive(worker); ++i) std::this_thread::sleep_for(10ms);
  CHECK_FALSE(is_alive(worker));
}

TEST_CASE("an interrupt that the parent had ignored stays ignored") {
  Launch launch;
  launch.command = {"/bin/bash", "-c",
                    "trap '' INT HUP; exec " FORKMAP_COMMAND " run arith:square"};
  ChildProcess process(launch);
  process.write("1\n");
  REQUIRE(process.reads("1\n"));
  process.signal(SIGINT);
  process.signal(SIGHUP);
  process.write("2\n");
  REQUIRE(process.reads("4\n"));
  CHECK(process.finish().status == 0);
}

TEST_CASE("a file that gets shorter while it is read is named as the reason") {
  const TestFolder folder;
  const std::string file = folder.file("items", numbers(1, 3000000));
  ChildProcess process(launch_of(
      {"run", test_plugin("faulty") + ":sleep_ms", "--input", file, "-j1", "--chunk", "1"}));
  REQUIRE(process.reads("1\n2\n"));
  std::filesystem::resize_file(file, 0);
  const Ended ended = process.finish();
  CHECK(contains(ended.errors, "became shorter"));
  CHECK(ended.status == 3);
}

TEST_CASE("a stopped run goes on where it was") {
  ChildProcess process(launch_of({"run", "arith:square"}));
  process.write("1\n");
  REQUIRE(process.reads("1\n"));
  process.signal(SIGTSTP);
  for (int i = 0; i < 6000 && state_of(process.pid()) != 'T'; ++i) {
    std::this_thread::sleep_for(10ms);
  }
  REQUIRE(state_of(process.pid()) == 'T');
  process.signal(SIGCONT);
  process.write("2\n");
  REQUIRE(process.reads("4\n"));
  CHECK(process.finish().status == 0);
}
