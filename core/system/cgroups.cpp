// SPDX-License-Identifier: Apache-2.0
#include "core/system/cgroups.hpp"

#include <algorithm>
#include <fstream>

namespace forkmap::pool {

namespace fs = std::filesystem;

namespace {

bool lists(std::string_view comma_list, std::string_view word) {
  while (!comma_list.empty()) {
    const std::size_t end = std::min(comma_list.find(','), comma_list.size());
    if (comma_list.substr(0, end) == word) return true;
    comma_list.remove_prefix(std::min(end + 1, comma_list.size()));
  }
  return false;
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) fields.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return fields;
}

}  // namespace

Cgroups::Cgroups(const fs::path& root) : root_(root) {
  read_mounts();
  read_groups();
}

// Lines of /proc/self/mountinfo: "36 35 0:30 ROOT POINT options [fields] - TYPE source OPTIONS".
void Cgroups::read_mounts() {
  std::ifstream file(root_ / "proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.find(" - cgroup") == std::string::npos) continue;
    const std::vector<std::string_view> fields = fields_of(line);
    const auto dash = std::ranges::find(fields, "-");
    if (fields.size() < 6 || fields.end() - dash < 4) continue;
    if (dash[1] == "cgroup2") {
      mounts_.push_back({CgroupVersion::two, {}, fields[3], fields[4]});
    } else if (dash[1] == "cgroup") {
      mounts_.push_back({CgroupVersion::one, std::string(dash[3]), fields[3], fields[4]});
    }
  }
}

// Lines of /proc/self/cgroup: "0::/path" in version 2, "4:cpu,cpuacct:/path" in version 1.
void Cgroups::read_groups() {
  std::ifstream file(root_ / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const bool is_two = line.starts_with("0::");
    groups_.push_back({is_two ? CgroupVersion::two : CgroupVersion::one,
                       line.substr(first + 1, second - first - 1), line.substr(second + 1)});
  }
}

const Cgroups::Group* Cgroups::group_in(const Mount& mount, std::string_view controller) const {
  const auto found = std::ranges::find_if(groups_, [&](const Group& group) {
    return group.version == mount.version &&
           (group.version == CgroupVersion::two || lists(group.controllers, controller));
  });
  return found == groups_.end() ? nullptr : &*found;
}

std::vector<CgroupPlace> Cgroups::places(std::string_view controller) const {
  std::vector<CgroupPlace> places;
  for (const Mount& mount : mounts_) {
    if (mount.version == CgroupVersion::one && !lists(mount.controllers, controller)) continue;
    const Group* const group = group_in(mount, controller);
    if (group == nullptr) continue;
    // A container may see only a part of the hierarchy, or name its group from outside of that
    // part.
    fs::path below = group->path.lexically_relative(mount.root);
    if (below.empty() || *below.begin() == "..") below = ".";
    const fs::path top = root_ / mount.point.relative_path();
    places.push_back({mount.version, top, (top / below).lexically_normal()});
  }
  return places;
}

std::vector<fs::path> with_groups_above(const CgroupPlace& place) {
  std::vector<fs::path> folders{place.folder};
  while (folders.back().lexically_relative(place.top) != "." &&
         folders.back().has_relative_path()) {
    folders.push_back(folders.back().parent_path());
  }
  return folders;
}

}  // namespace forkmap::pool
