// SPDX-License-Identifier: Apache-2.0
// Nodes that are killed, stopped or cut off in the middle of a run: nothing is lost, and nothing is
// left behind.

#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/command/item_lines.hpp"
#include "tests/command/node_run.hpp"
#include "tests/command/process_tree.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

namespace {

using LossWords = std::vector<std::string>;

// So many milliseconds; each item has a result of its own.
std::string times(int count) {
  std::string text;
  for (int item = 0; item < count; ++item) text += std::to_string(item % 4) + "\n";
  return text;
}

void send_signal(pid_t process, int signal) {
  REQUIRE(process > 1);
  REQUIRE(::kill(process, signal) == 0);
}

// A run whose first results have come, and whose nodes wait for more items.
struct RunUnderWay {
  explicit RunUnderWay(const LossWords& more = {}) : run(launch(more)) {
    run.write(first);
    REQUIRE(run.reads("1\n"));
    agents = wait_for_agents(run.pid(), 2);
    for (const pid_t agent : agents) {
      processes.push_back(agent);
      processes.push_back(courier_of(agent));
      for (const pid_t child : children_of(agent)) processes.push_back(child);
    }
    mpirun = mpirun_of(run.pid());
    courier = courier_of(mpirun);
    processes.push_back(mpirun);
    processes.push_back(courier);
    run.write(second);
  }
  static Launch launch(const LossWords& more) {
    LossWords words = {"--node-timeout", "1s", "--chunk", "5", faulty() + ":sleep_ms"};
    words.insert(words.begin(), more.begin(), more.end());
    return node_launch({1, 1}, words);
  }
  // All outcomes, in order.
  void ends_whole() {
    const Ended ended = run.finish(third);
    INFO(ended.errors);
    CHECK(ended.status == 0);
    CHECK(ended.output == first + second + third);
    for (const pid_t agent : agents) ::kill(agent, SIGCONT);
    wait_for_ends(processes);
  }
  std::string first = times(100);
  std::string second = times(3000);
  std::string third = times(1000);
  ChildProcess run;
  std::vector<pid_t> agents;
  pid_t mpirun = 0;
  pid_t courier = 0;  // of the coordinator
  std::vector<pid_t> processes;
};

}  // namespace

TEST_CASE("an agent that is killed costs no item") {
  if (!has_mpi()) return;
  RunUnderWay under_way;
  send_signal(under_way.agents[0], SIGKILL);
  CHECK(under_way.run.reads_error(" was lost: its connection was closed"));
  under_way.ends_whole();
}

TEST_CASE("an agent that is stopped costs no item") {
  if (!has_mpi()) return;
  RunUnderWay under_way;
  send_signal(under_way.agents[1], SIGSTOP);
  CHECK(under_way.run.reads_error(" was lost: nothing was heard of it"));
  under_way.ends_whole();
}

TEST_CASE("the courier of an agent that is killed, or stopped, costs no item") {
  if (!has_mpi()) return;
  const int signal = GENERATE(SIGKILL, SIGSTOP);
  CAPTURE(signal);
  RunUnderWay under_way;
  const pid_t courier = courier_of(under_way.agents[0]);
  send_signal(courier, signal);
  CHECK(under_way.run.reads_error(" was lost: "));
  // Else only the end of its machine would end it.
  if (signal == SIGSTOP) ::kill(courier, SIGCONT);
  under_way.ends_whole();
}

TEST_CASE("mpirun, or the courier of this machine, that is killed costs no item") {
  if (!has_mpi()) return;
  RunUnderWay under_way;
  const bool is_mpirun = GENERATE(true, false);
  CAPTURE(is_mpirun);
  send_signal(is_mpirun ? under_way.mpirun : under_way.courier, SIGKILL);
  CHECK(under_way.run.reads_error("this machine goes on alone"));
  under_way.ends_whole();
}

TEST_CASE("all agents that are killed cost no item") {
  if (!has_mpi()) return;
  RunUnderWay under_way;
  for (const pid_t agent : under_way.agents) send_signal(agent, SIGKILL);
  CHECK(under_way.run.reads_error("this machine goes on alone"));
  under_way.ends_whole();
}

TEST_CASE("a coordinator that is killed takes all nodes with it") {
  if (!has_mpi()) return;
  RunUnderWay under_way;
  send_signal(under_way.run.pid(), SIGKILL);
  wait_for_ends(under_way.processes);
}

TEST_CASE("an interrupt ends the nodes as well") {
  if (!has_mpi()) return;
  RunUnderWay under_way;
  under_way.run.signal(SIGINT);
  const Ended ended = under_way.run.finish();
  CHECK(ended.status == 128 + SIGINT);
  CHECK(contains(ended.errors, "SIGINT: no more items are started"));
  wait_for_ends(under_way.processes);
}

TEST_CASE("a run whose coordinator was killed goes on with other nodes") {
  if (!has_mpi()) return;
  const TestFolder folder;
  const std::string input = times(3000);
  folder.file("items", input);
  const LossWords words = {"--input", "items",    "--output",
                           "out",     "--resume", faulty() + ":sleep_ms"};
  {
    ChildProcess run(node_launch({1, 1}, words, folder.path()));
    const std::vector<pid_t> agents = wait_for_agents(run.pid(), 2);
    while (folder.read("out").size() < 100) ::usleep(1000);
    send_signal(run.pid(), SIGKILL);
    wait_for_ends(agents);
  }
  const Ended ended = ChildProcess(node_launch({2}, words, folder.path())).finish();
  INFO(ended.errors);
  CHECK(ended.status == 0);
  CHECK(folder.read("out") == input);
}

TEST_CASE("a run that stands still for a while loses no node") {
  if (!has_mpi()) return;
  RunUnderWay under_way;
  under_way.run.signal(SIGTSTP);
  // Longer than --node-timeout, and than a beat of the nodes.
  while (state_of(under_way.run.pid()) != 'T') ::usleep(1000);
  ::usleep(2'500'000);
  under_way.run.signal(SIGCONT);
  under_way.ends_whole();
  CHECK(under_way.run.errors().find(" was lost") == std::string::npos);
}

TEST_CASE("a run that is killed while its nodes come up leaves none of them") {
  if (!has_mpi()) return;
  const int signal = GENERATE(SIGKILL, SIGTERM, SIGINT, SIGHUP);
  CAPTURE(signal);
  ChildProcess run(node_launch({1, 1}, {faulty() + ":sleep_ms"}));
  const pid_t mpirun = mpirun_of(run.pid());
  std::vector<pid_t> processes = {mpirun};
  for (const pid_t child : children_of(mpirun)) processes.push_back(child);
  run.signal(signal);
  CHECK(run.finish().signal == signal);
  wait_for_ends(processes);
}
