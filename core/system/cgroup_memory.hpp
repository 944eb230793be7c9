// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/system/cgroups.hpp"

namespace forkmap::pool {

// Memory that the cgroup of this process and the ones above it allow: memory.max in version 2,
// memory.limit_in_bytes in version 1. The least of these; nothing where there is no limit.
[[nodiscard]] std::optional<std::uint64_t> cgroup_memory_bytes(const Cgroups& groups);

}  // namespace forkmap::pool
