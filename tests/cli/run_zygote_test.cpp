// SPDX-License-Identifier: Apache-2.0
//
// What outlives a zygote, or its host, and what does not.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/cli/process_tree.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

namespace {

std::string deadly(const std::string& function) { return test_plugin("deadly") + ":" + function; }

bool lives(pid_t pid) {
  const char state = state_of(pid);
  return state != 0 && state != 'Z';
}

// Runs a shell's script that ends with exec "$@".
Launch in_shell(const std::string& script, std::vector<std::string> arguments) {
  Launch launch = launch_of(std::move(arguments));
  const std::vector<std::string> shell = {"/bin/sh", "-c", script + "\nexec \"$@\"", "sh"};
  launch.command.insert(launch.command.begin(), shell.begin(), shell.end());
  return launch;
}

}  // namespace

TEST_CASE("what functions left in sessions of their own does not outlive a killed zygote's run") {
  const TestFolder folder;
  const std::string flag = folder.path() + "/flag";
  const Ended run = run_forkmap({"run", "-j", "2", "--param", "flag=" + flag,
                                 deadly("leave_daemon_and_kill_zygote"), "1", "2", "3", "4"});
  CHECK(run.status == 0);
  CHECK(run.output == "1\n2\n3\n4\n");
  const pid_t daemon = std::stoi(folder.read("flag"));
  CHECK_FALSE(lives(daemon));
}

TEST_CASE("children that the command has by inheritance outlive its zygotes") {
  const TestFolder folder;
  const std::string flag = folder.path() + "/flag";
  const std::string pids = folder.path() + "/pids";
  ChildProcess child(in_shell("sleep 300 </dev/null >/dev/null 2>&1 & echo $! > " + pids +
                                  "\nsetsid sleep 300 </dev/null >/dev/null 2>&1 & echo $! >> " +
                                  pids,
                              {"run", "-j", "2", "--param", "flag=" + flag,
                               deadly("leave_daemon_and_kill_zygote"), "1", "2", "3", "4"}));
  const Ended run = child.finish();
  CHECK(run.status == 0);
  std::istringstream list(folder.read("pids"));
  int found = 0;
  for (pid_t pid = 0; list >> pid; ++found) {
    CHECK(lives(pid));
    ::kill(pid, SIGKILL);
  }
  CHECK(found == 2);
  CHECK_FALSE(lives(std::stoi(folder.read("flag"))));
}

TEST_CASE("a run whose zygote is stopped ends at SIGTERM and its grace") {
  ChildProcess run(launch_of({"run", "-j", "2", "--chunk", "1", "--grace", "100ms",
                              deadly("wait_for_ever"), "1", "2", "3"}));
  const pid_t zygote = wait_for_zygote(run.pid(), 2);
  while (!heeds(run.pid(), SIGTERM) && lives(run.pid())) ::usleep(1000);
  const auto workers = children_of(zygote);
  ::kill(zygote, SIGSTOP);
  const int times = GENERATE(1, 2);
  run.signal(SIGTERM);
  if (times == 2) {
    REQUIRE(run.reads_error("SIGTERM"));
    ::kill(zygote, SIGSTOP);
    run.signal(SIGTERM);
  }
  CHECK(run.finish().signal == SIGTERM);
  CHECK_FALSE(lives(zygote));
  CHECK(std::ranges::none_of(workers, lives));
}

TEST_CASE("nothing holds the caller's pipes after a kill -9 of a run whose zygote is stopped") {
  ChildProcess run(launch_of({"run", "-j", "2", deadly("wait_for_ever"), "1", "2"}));
  ::kill(wait_for_zygote(run.pid(), 2), SIGSTOP);
  run.signal(SIGKILL);
  CHECK(run.finish().signal == SIGKILL);  // reads both pipes to their ends
}
