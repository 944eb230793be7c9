// SPDX-License-Identifier: Apache-2.0
#include "core/system/cpu_quota.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace forkmap::pool {

namespace {

namespace fs = std::filesystem;

std::optional<double> share(double quota, double period) {
  if (quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

std::optional<double> quota_of(const fs::path& folder, CgroupVersion version) {
  double quota = 0;
  double period = 0;
  if (version == CgroupVersion::two) {
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

std::optional<double> cpu_quota(const Cgroups& groups) {
  std::optional<double> least;
  for (const CgroupPlace& place : groups.places("cpu")) {
    for (const fs::path& folder : with_groups_above(place)) {
      if (const auto quota = quota_of(folder, place.version)) {
        least = std::min(least.value_or(*quota), *quota);
      }
    }
  }
  return least;
}

}  // namespace forkmap::pool
