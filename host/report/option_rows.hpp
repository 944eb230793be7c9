// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/options/run_options.hpp"
#include "host/report/run_record.hpp"

namespace forkmap::host {

// The options that matter for what a run does, by their names on the command line; those that were
// left at their default only where it is worth saying.
[[nodiscard]] NamedTexts option_rows(const RunOptions& options);

}  // namespace forkmap::host
