// SPDX-License-Identifier: Apache-2.0
//
// How much processor time the cgroups of this process allow it.
#pragma once

#include <optional>

#include "core/system/cgroups.hpp"

namespace forkmap::pool {

// Processors that the cgroup of this process and the ones above it allow (2.5: two and a half); the
// least of them. Nothing if there is no limit. Version 2 (cpu.max) and version 1
// (cpu.cfs_quota_us, cpu.cfs_period_us).
[[nodiscard]] std::optional<double> cpu_quota(const Cgroups& groups);

}  // namespace forkmap::pool
