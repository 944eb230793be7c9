// SPDX-License-Identifier: Apache-2.0
// Nodes that are killed, stopped or cut off in the middle of a run: nothing is lost, and nothing is
// left behind.

#include <csignal>
#include <string>

#include "tests/catch.hpp"
#include "tests/command/item_lines.hpp"
#include "tests/command/node_run.hpp"
#include "tests/command/process_tree.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

namespace {

using LossWords = std::vector<std::string>;

#define REQUIRE_MPI() \
  if (!has_mpi()) SKIP("there is no mpirun, or forkmap was built without MPI")

// So many milliseconds; each item has a result of its own.
std::string times(int count) {
  std::string text;
  for (int item = 0; item < count; ++item) text += std::to_string(item % 4) + "\n";
  return text;
}

// A run whose first results have come, so that all nodes are at work.
struct RunUnderWay {
  explicit RunUnderWay(const LossWords& more = {}) : run(launch(more)) {
    run.write(input);
    run.close_input();
    REQUIRE(run.reads("1\n"));
    agents = wait_for_agents(run.pid(), 2);
    for (const pid_t agent : agents) {
      processes.push_back(agent);
      processes.push_back(courier_of(agent));
      for (const pid_t child : children_of(agent)) processes.push_back(child);
    }
    processes.push_back(mpirun_of(run.pid()));
    processes.push_back(courier_of(mpirun_of(run.pid())));
  }
  static Launch launch(const LossWords& more) {
    LossWords words = {"--node-timeout", "1s", "--chunk", "5", faulty() + ":sleep_ms"};
    words.insert(words.begin(), more.begin(), more.end());
    return node_launch({1, 1}, words);
  }
  // All outcomes, in order.
  void ends_whole() {
    const Ended ended = run.finish();
    INFO(ended.errors);
    CHECK(ended.status == 0);
    CHECK(run.output() == input);
    for (const pid_t agent : agents) ::kill(agent, SIGCONT);
    wait_for_ends(processes);
  }
  std::string input = times(3000);
  ChildProcess run;
  std::vector<pid_t> agents;
  std::vector<pid_t> processes;
};

}  // namespace

TEST_CASE("an agent that is killed costs no item") {
  REQUIRE_MPI();
  RunUnderWay under_way;
  REQUIRE(::kill(under_way.agents[0], SIGKILL) == 0);
  CHECK(under_way.run.reads_error(" was lost: its connection was closed"));
  under_way.ends_whole();
}

TEST_CASE("an agent that is stopped costs no item") {
  REQUIRE_MPI();
  RunUnderWay under_way;
  REQUIRE(::kill(under_way.agents[1], SIGSTOP) == 0);
  CHECK(under_way.run.reads_error(" was lost: nothing was heard of it"));
  under_way.ends_whole();
}

TEST_CASE("the courier of an agent that is killed, or stopped, costs no item") {
  REQUIRE_MPI();
  const int signal = GENERATE(SIGKILL, SIGSTOP);
  CAPTURE(signal);
  RunUnderWay under_way;
  const pid_t courier = courier_of(under_way.agents[0]);
  REQUIRE(::kill(courier, signal) == 0);
  CHECK(under_way.run.reads_error(" was lost: "));
  // Else only the end of its machine would end it.
  if (signal == SIGSTOP) ::kill(courier, SIGCONT);
  under_way.ends_whole();
}

TEST_CASE("mpirun, or the courier of this machine, that is killed costs no item") {
  REQUIRE_MPI();
  RunUnderWay under_way;
  const pid_t mpirun = mpirun_of(under_way.run.pid());
  const bool is_mpirun = GENERATE(true, false);
  CAPTURE(is_mpirun);
  REQUIRE(::kill(is_mpirun ? mpirun : courier_of(mpirun), SIGKILL) == 0);
  CHECK(under_way.run.reads_error("this machine goes on alone"));
  under_way.ends_whole();
}

TEST_CASE("all agents that are killed cost no item") {
  REQUIRE_MPI();
  RunUnderWay under_way;
  for (const pid_t agent : under_way.agents) REQUIRE(::kill(agent, SIGKILL) == 0);
  CHECK(under_way.run.reads_error("this machine goes on alone"));
  under_way.ends_whole();
}

TEST_CASE("a coordinator that is killed takes all nodes with it") {
  REQUIRE_MPI();
  RunUnderWay under_way;
  REQUIRE(::kill(under_way.run.pid(), SIGKILL) == 0);
  wait_for_ends(under_way.processes);
}

TEST_CASE("an interrupt ends the nodes as well") {
  REQUIRE_MPI();
  RunUnderWay under_way;
  under_way.run.signal(SIGINT);
  const Ended ended = under_way.run.finish();
  CHECK(ended.status == 128 + SIGINT);
  CHECK(under_way.input.starts_with(under_way.run.output()));
  wait_for_ends(under_way.processes);
}

TEST_CASE("a run whose coordinator was killed goes on with other nodes") {
  REQUIRE_MPI();
  const TestFolder folder;
  const std::string input = times(3000);
  folder.file("items", input);
  const LossWords words = {"--input", "items",    "--output",
                           "out",     "--resume", faulty() + ":sleep_ms"};
  {
    ChildProcess run(node_launch({1, 1}, words, folder.path()));
    const std::vector<pid_t> agents = wait_for_agents(run.pid(), 2);
    while (folder.read("out").size() < 100) ::usleep(1000);
    REQUIRE(::kill(run.pid(), SIGKILL) == 0);
    wait_for_ends(agents);
  }
  const Ended ended = ChildProcess(node_launch({2}, words, folder.path())).finish();
  INFO(ended.errors);
  CHECK(ended.status == 0);
  CHECK(folder.read("out") == input);
}
