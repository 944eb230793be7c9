// SPDX-License-Identifier: Apache-2.0
#include "core/pool/cpu_quota.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace forkmap::pool {

namespace {

namespace fs = std::filesystem;

enum class Version { one, two };

// Where a hierarchy of cgroups is mounted, and which part of it.
struct Mount {
  Version version;
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
std::vector<Mount> mounts(const fs::path& system) {
  std::vector<Mount> found;
  std::ifstream file(system / "proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    const std::vector<std::string> fields{std::istream_iterator<std::string>(words), {}};
    const auto dash = std::ranges::find(fields, "-");
    if (fields.size() < 6 || fields.end() - dash < 4) continue;
    if (dash[1] == "cgroup2") {
      found.push_back({Version::two, fields[3], fields[4]});
    } else if (dash[1] == "cgroup" && lists(dash[3], "cpu")) {
      found.push_back({Version::one, fields[3], fields[4]});
    }
  }
  return found;
}

// Lines of /proc/self/cgroup: "0::/path" in version 2, "4:cpu,cpuacct:/path" in version 1.
std::optional<fs::path> group(const fs::path& system, Version version) {
  std::ifstream file(system / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string_view controllers =
        std::string_view(line).substr(first + 1, second - first - 1);
    const bool is_it =
        version == Version::two ? line.starts_with("0::") : lists(controllers, "cpu");
    if (is_it) return fs::path(line.substr(second + 1));
  }
  return std::nullopt;
}

std::optional<double> share(double quota, double period) {
  if (quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

std::optional<double> quota_of(const fs::path& folder, Version version) {
  double quota = 0;
  double period = 0;
  if (version == Version::two) {
    std::ifstream file(folder / "cpu.max");  // "max 100000" or "200000 100000"
    if (!(file >> quota >> period)) return std::nullopt;
  } else {
    std::ifstream quota_file(folder / "cpu.cfs_quota_us");  // -1: none
    std::ifstream period_file(folder / "cpu.cfs_period_us");
    if (!(quota_file >> quota) || !(period_file >> period)) return std::nullopt;
  }
  return share(quota, period);
}

}  // namespace

std::optional<double> cpu_quota(const fs::path& root) {
  std::optional<double> least;
  for (const Mount& mount : mounts(root)) {
    const std::optional<fs::path> path = group(root, mount.version);
    if (!path) continue;
    // A container may see only a part of the hierarchy, or name its group from outside of that
    // part.
    fs::path below = path->lexically_relative(mount.root);
    if (below.empty() || *below.begin() == "..") below = ".";
    const fs::path top = root / mount.point.relative_path();
    for (fs::path folder = (top / below).lexically_normal();; folder = folder.parent_path()) {
      if (const auto quota = quota_of(folder, mount.version)) {
        least = std::min(least.value_or(*quota), *quota);
      }
      if (folder.lexically_relative(top) == "." || !folder.has_relative_path()) break;
    }
  }
  return least;
}

}  // namespace forkmap::pool
