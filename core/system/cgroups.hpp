// SPDX-License-Identifier: Apache-2.0
//
// Where the cgroups of this process are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace forkmap::pool {

enum class CgroupVersion : std::uint8_t { one, two };

struct CgroupPlace {
  CgroupVersion version;
  std::filesystem::path top;     // where the hierarchy is mounted
  std::filesystem::path folder;  // the group of this process, as far as it is seen; `top` or below
};

// What the system says of them at one moment. The system writes its list of mounts anew for each
// reader, so whoever asks for several controllers asks one of these.
class Cgroups {
 public:
  // `root` stands for "/", so that a made-up system can be read. Not explicit: a system is as good
  // as what is read of it now.
  Cgroups(const std::filesystem::path& root = "/");  // NOLINT(google-explicit-constructor)

  // In version 2, and in version 1 those of the controller ("cpu", "memory").
  [[nodiscard]] std::vector<CgroupPlace> places(std::string_view controller) const;
  [[nodiscard]] const std::filesystem::path& root() const noexcept { return root_; }

 private:
  // A hierarchy of cgroups. `controllers`: of version 1, "cpu,cpuacct".
  struct Mount {
    CgroupVersion version;
    std::string controllers;
    std::filesystem::path root;  // the group that is seen at `point`
    std::filesystem::path point;
  };
  // The group of this process in one of them.
  struct Group {
    CgroupVersion version;
    std::string controllers;
    std::filesystem::path path;
  };
  std::filesystem::path root_;
  std::vector<Mount> mounts_;
  std::vector<Group> groups_;

  void read_mounts();
  void read_groups();
  [[nodiscard]] const Group* group_in(const Mount& mount, std::string_view controller) const;
};

// The folder of the group, and those of the groups above it as far as they are seen: what they
// limit counts, too.
[[nodiscard]] std::vector<std::filesystem::path> with_groups_above(const CgroupPlace& place);

}  // namespace forkmap::pool
