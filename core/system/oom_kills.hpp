// SPDX-License-Identifier: Apache-2.0
//
// Tells processes that the system has killed in want of memory from others that were killed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "core/system/cgroups.hpp"

namespace forkmap::pool {

// Processes of this process's cgroup that the system has killed in want of memory, ever:
// memory.events in version 2, memory.oom_control in version 1. Nothing where that is not told.
[[nodiscard]] std::optional<std::uint64_t> oom_kills(const Cgroups& groups);

// Whether there were such kills since the last question.
class OomWatch {
 public:
  // `groups`: as they are now. Each question looks where they are then.
  explicit OomWatch(const Cgroups& groups);
  [[nodiscard]] bool saw_kill();

 private:
  std::filesystem::path root_;
  std::optional<std::uint64_t> seen_;
};

}  // namespace forkmap::pool
