// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <forkmap/registry.hpp>

#include "host/run_job.hpp"

namespace forkmap::host {

// Runs everything in this process, an item at a time: preload, start, the items, stop. Returns the
// exit status.
[[nodiscard]] int run_serially(Registry& registry, RunJob& job);

}  // namespace forkmap::host
