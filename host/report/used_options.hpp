// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/options/run_options.hpp"
#include "host/report/run_record.hpp"

namespace forkmap::host {

// The options that matter for what a run does, by their names on the command line; those that were
// left at their default only where it is worth saying.
[[nodiscard]] NamedTexts used_options(const RunOptions& options);

// What is known of the machine: "cores", "processor", "memory", "system", "host".
[[nodiscard]] NamedTexts machine_facts();
}  // namespace forkmap::host
