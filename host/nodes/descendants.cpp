// SPDX-License-Identifier: Apache-2.0
#include "host/nodes/descendants.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>

#include "core/base/pidfd.hpp"

namespace forkmap::host {

namespace {

// Each of its threads may have forked some.
std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  std::error_code error;
  const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
  for (std::filesystem::directory_iterator task(tasks, error), end; !error && task != end;
       task.increment(error)) {
    std::ifstream list(task->path() / "children");
    for (pid_t child = 0; list >> child;) children.push_back(child);
  }
  return children;
}

}  // namespace

std::vector<base::UniqueFd> descendants_of(pid_t pid) {
  std::vector<base::UniqueFd> found;
  std::vector<pid_t> parents = {pid};
  while (!parents.empty()) {
    const std::vector<pid_t> children = children_of(parents.back());
    parents.pop_back();
    for (const pid_t child : children) {
      // One that has ended meanwhile has none.
      if (base::UniqueFd pidfd = base::open_pidfd(child)) {
        found.push_back(std::move(pidfd));
        parents.push_back(child);
      }
    }
  }
  return found;
}

}  // namespace forkmap::host
