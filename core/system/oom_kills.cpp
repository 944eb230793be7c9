// SPDX-License-Identifier: Apache-2.0
#include "core/system/oom_kills.hpp"

#include <fstream>
#include <string>
#include <utility>

#include "core/system/cgroups.hpp"

namespace forkmap::pool {

namespace fs = std::filesystem;

std::optional<std::uint64_t> oom_kills(const fs::path& root) {
  for (const CgroupPlace& place : cgroup_places("memory", root)) {
    const bool is_two = place.version == CgroupVersion::two;
    std::ifstream file(place.folder / (is_two ? "memory.events" : "memory.oom_control"));
    std::string name;
    for (std::uint64_t count = 0; file >> name >> count;) {
      if (name == "oom_kill") return count;
    }
  }
  return std::nullopt;
}

OomWatch::OomWatch(fs::path root) : root_(std::move(root)), seen_(oom_kills(root_)) {}

bool OomWatch::saw_kill() {
  const std::optional<std::uint64_t> now = oom_kills(root_);
  const std::optional<std::uint64_t> before = std::exchange(seen_, now);
  return now && before && *now > *before;
}

}  // namespace forkmap::pool
