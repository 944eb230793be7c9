// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <forkmap/plugin.h>

#include <optional>
#include <string>

#include "core/types/chunk_services.hpp"

namespace forkmap::types {

// Runs a preload, start or stop hook in this process; null is a hook with nothing to do. Returns
// why it failed, or nothing. Like run_chunk(), throws nothing and lets pthread_exit through.
[[nodiscard]] std::optional<std::string> run_hook(int (*hook)(forkmap_hook*),
                                                  const RunEnvironment& environment);

}  // namespace forkmap::types
