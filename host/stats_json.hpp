// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "host/run_facts.hpp"

namespace forkmap::host {

// The file of --stats: one JSON object, indented, with a newline behind it.
// docs/cli/seeing-a-run.md says what its fields mean.
[[nodiscard]] std::string stats_json(const RunFacts& facts);

}  // namespace forkmap::host
