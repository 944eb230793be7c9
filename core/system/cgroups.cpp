// SPDX-License-Identifier: Apache-2.0
#include "core/system/cgroups.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

namespace forkmap::pool {

namespace fs = std::filesystem;

namespace {

// Where a hierarchy of cgroups is mounted, and which part of it.
struct Mount {
  CgroupVersion version;
  fs::path root;  // the group that is seen at `point`
  fs::path point;
};

bool lists(std::string_view comma_list, std::string_view word) {
  while (!comma_list.empty()) {
    const std::size_t end = std::min(comma_list.find(','), comma_list.size());
    if (comma_list.substr(0, end) == word) return true;
    comma_list.remove_prefix(std::min(end + 1, comma_list.size()));
  }
  return false;
}

// Lines of /proc/self/mountinfo: "36 35 0:30 ROOT POINT options [fields] - TYPE source OPTIONS".
std::vector<Mount> mounts(std::string_view controller, const fs::path& system) {
  std::vector<Mount> found;
  std::ifstream file(system / "proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    const std::vector<std::string> fields{std::istream_iterator<std::string>(words), {}};
    const auto dash = std::ranges::find(fields, "-");
    if (fields.size() < 6 || fields.end() - dash < 4) continue;
    if (dash[1] == "cgroup2") {
      found.push_back({CgroupVersion::two, fields[3], fields[4]});
    } else if (dash[1] == "cgroup" && lists(dash[3], controller)) {
      found.push_back({CgroupVersion::one, fields[3], fields[4]});
    }
  }
  return found;
}

// Lines of /proc/self/cgroup: "0::/path" in version 2, "4:cpu,cpuacct:/path" in version 1.
std::optional<fs::path> group(std::string_view controller, const fs::path& system,
                              CgroupVersion version) {
  std::ifstream file(system / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string_view controllers =
        std::string_view(line).substr(first + 1, second - first - 1);
    const bool is_it =
        version == CgroupVersion::two ? line.starts_with("0::") : lists(controllers, controller);
    if (is_it) return fs::path(line.substr(second + 1));
  }
  return std::nullopt;
}

}  // namespace

std::vector<CgroupPlace> cgroup_places(std::string_view controller, const fs::path& root) {
  std::vector<CgroupPlace> places;
  for (const Mount& mount : mounts(controller, root)) {
    const std::optional<fs::path> path = group(controller, root, mount.version);
    if (!path) continue;
    // A container may see only a part of the hierarchy, or name its group from outside of that
    // part.
    fs::path below = path->lexically_relative(mount.root);
    if (below.empty() || *below.begin() == "..") below = ".";
    const fs::path top = root / mount.point.relative_path();
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
