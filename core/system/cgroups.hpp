// SPDX-License-Identifier: Apache-2.0
//
// Where the cgroups of this process are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace forkmap::pool {

enum class CgroupVersion : std::uint8_t { one, two };

struct CgroupPlace {
  CgroupVersion version;
  std::filesystem::path top;     // where the hierarchy is mounted
  std::filesystem::path folder;  // the group of this process, as far as it is seen; `top` or below
};

// In version 2, and in version 1 those of the controller ("cpu", "memory"). `root` stands for "/",
// so that a made-up system can be read.
[[nodiscard]] std::vector<CgroupPlace> cgroup_places(std::string_view controller,
                                                     const std::filesystem::path& root = "/");

// The folder of the group, and those of the groups above it as far as they are seen: what they
// limit counts, too.
[[nodiscard]] std::vector<std::filesystem::path> with_groups_above(const CgroupPlace& place);

}  // namespace forkmap::pool
