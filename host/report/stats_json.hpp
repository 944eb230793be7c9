// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "host/report/run_record.hpp"

namespace forkmap::host {

// The file of --stats: one JSON object, indented, with a newline behind it.
// docs/cli/seeing-a-run.md says what its fields mean.
[[nodiscard]] std::string stats_json(const RunRecord& facts);

}  // namespace forkmap::host
