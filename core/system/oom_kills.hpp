// SPDX-License-Identifier: Apache-2.0
//
// Tells processes that the system has killed in want of memory from others that were killed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace forkmap::pool {

// Processes of this process's cgroup that the system has killed in want of memory, ever:
// memory.events in version 2, memory.oom_control in version 1. Nothing where that is not told.
// `root` as in cgroups.hpp.
[[nodiscard]] std::optional<std::uint64_t> oom_kills(const std::filesystem::path& root = "/");

// Whether there were such kills since the last question.
class OomWatch {
 public:
  explicit OomWatch(std::filesystem::path root = "/");
  [[nodiscard]] bool saw_kill();

 private:
  std::filesystem::path root_;
  std::optional<std::uint64_t> seen_;
};

}  // namespace forkmap::pool
