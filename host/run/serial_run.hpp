// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <forkmap/registry.hpp>

#include "host/foreign/code_watch.hpp"
#include "host/run/job.hpp"

namespace forkmap::host {

// Runs everything in this process, an item at a time: preload, start, the items, stop. Returns the
// exit status. What of this is foreign runs under the eyes of `foreign_code`.
[[nodiscard]] int run_serially(Registry& registry, RunJob& job, CodeWatch& foreign_code);

}  // namespace forkmap::host
