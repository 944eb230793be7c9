// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/system/cgroups.hpp"

namespace forkmap::pool {

// Processors that this process may run on, or as many as the quotas of its cgroups amount to if
// that is less; at least one.
[[nodiscard]] int usable_processors(const Cgroups& groups);

}  // namespace forkmap::pool
