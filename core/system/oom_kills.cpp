// SPDX-License-Identifier: Apache-2.0
#include "core/system/oom_kills.hpp"

#include <fstream>
#include <string>
#include <utility>

namespace forkmap::pool {

std::optional<std::uint64_t> oom_kills(const Cgroups& groups) {
  for (const CgroupPlace& place : groups.places("memory")) {
    const bool is_two = place.version == CgroupVersion::two;
    std::ifstream file(place.folder / (is_two ? "memory.events" : "memory.oom_control"));
    std::string name;
    for (std::uint64_t count = 0; file >> name >> count;) {
      if (name == "oom_kill") return count;
    }
  }
  return std::nullopt;
}

OomWatch::OomWatch(const Cgroups& groups) : root_(groups.root()), seen_(oom_kills(groups)) {}

bool OomWatch::saw_kill() {
  const std::optional<std::uint64_t> now = oom_kills(root_);
  const std::optional<std::uint64_t> before = std::exchange(seen_, now);
  return now && before && *now > *before;
}

}  // namespace forkmap::pool
