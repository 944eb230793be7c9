// SPDX-License-Identifier: Apache-2.0
#include "tests/command/node_run.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "tests/command/process_tree.hpp"

namespace forkmap::cli {

namespace {

constexpr auto kDeadline = std::chrono::seconds(100);

std::string command_line_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::ranges::replace(text, '\0', ' ');
  return text;
}

// All below a process whose command lines have this text.
void find_below(pid_t parent, std::string_view text, std::vector<pid_t>& found) {
  for (const pid_t child : children_of(parent)) {
    if (contains(command_line_of(child), text)) found.push_back(child);
    find_below(child, text, found);
  }
}

std::vector<pid_t> below(pid_t parent, std::string_view text) {
  std::vector<pid_t> found;
  find_below(parent, text, found);
  return found;
}

template <class Is>
void wait_until(const char* what, Is&& is) {
  const auto until = std::chrono::steady_clock::now() + kDeadline;
  while (!is()) {
    if (std::chrono::steady_clock::now() > until) {
      throw std::runtime_error(std::string("in vain: ") + what);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace

Launch node_launch(const std::vector<int>& others, std::vector<std::string> arguments,
                   const std::string& folder) {
  std::string nodes = "localhost:1";
  for (const int workers : others) nodes += ",localhost:" + std::to_string(workers);
  arguments.insert(arguments.begin(), {"run", "--nodes", nodes});
  Launch launch = launch_of(std::move(arguments));
  launch.folder = folder;
  // In a container the tests run as root.
  launch.environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1";
  launch.environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
  return launch;
}

Launch node_launch_after(const std::string& script, const TestFolder& folder,
                         const std::vector<int>& others, std::vector<std::string> arguments) {
  const std::string before =
      folder.file("bin/mpirun", "#!/bin/sh\n" + script + "\nPATH=${PATH#*:}\nexec mpirun \"$@\"\n");
  std::filesystem::permissions(before, std::filesystem::perms::owner_all);
  Launch launch = node_launch(others, std::move(arguments), folder.path());
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  launch.environment["PATH"] = folder.file("bin") + ":" + std::getenv("PATH");
  return launch;
}

Ended run_over_nodes(const std::vector<int>& others, std::vector<std::string> arguments,
                     std::string_view input) {
  ChildProcess run(node_launch(others, std::move(arguments)));
  return run.finish(input);
}

std::vector<pid_t> agents_of(pid_t run) {
  std::vector<pid_t> agents;
  // An agent's courier is there once its workers are. mpirun has the words of agents, too.
  for (const pid_t agent : below(run, "forkmap agent ")) {
    const bool is_mpirun = command_line_of(agent).starts_with("mpirun ");
    if (!is_mpirun && courier_of(agent) != 0) agents.push_back(agent);
  }
  return agents;
}

std::vector<pid_t> wait_for_agents(pid_t run, std::size_t count) {
  std::vector<pid_t> agents;
  wait_until("agents come up", [&] {
    const char state = state_of(run);
    if (state == 'Z' || state == '\0') throw std::runtime_error("the run has ended");
    agents = agents_of(run);
    return agents.size() == count;
  });
  return agents;
}

pid_t mpirun_of(pid_t run) {
  pid_t found = 0;
  wait_until("mpirun is there", [&] {
    for (const pid_t child : children_of(run)) {
      if (command_line_of(child).starts_with("mpirun ")) found = child;
    }
    return found != 0;
  });
  return found;
}

pid_t courier_of(pid_t parent) {
  for (const pid_t child : children_of(parent)) {
    if (contains(command_line_of(child), "forkmap-courier --connect")) return child;
  }
  return 0;
}

void wait_for_ends(const std::vector<pid_t>& processes) {
  wait_until("all processes end", [&] {
    return std::ranges::all_of(processes, [](pid_t process) {
      const char state = state_of(process);
      return state == 'Z' || state == '\0';
    });
  });
}

}  // namespace forkmap::cli
