// SPDX-License-Identifier: Apache-2.0
#include "core/system/cgroup_memory.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace forkmap::pool {

namespace fs = std::filesystem;

std::optional<std::uint64_t> cgroup_memory_bytes(const Cgroups& groups) {
  std::optional<std::uint64_t> least;
  for (const CgroupPlace& place : groups.places("memory")) {
    const char* const name =
        place.version == CgroupVersion::two ? "memory.max" : "memory.limit_in_bytes";
    for (const fs::path& folder : with_groups_above(place)) {
      std::ifstream file(folder / name);
      // "max" is no number; version 1 has a number for it that no machine reaches.
      std::uint64_t limit = 0;
      if (file >> limit) least = std::min(least.value_or(limit), limit);
    }
  }
  return least;
}

}  // namespace forkmap::pool
