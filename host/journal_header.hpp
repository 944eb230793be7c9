// SPDX-License-Identifier: Apache-2.0
//
// What a run is, as far as its results depend on it: the first line of its journal. A run may go on
// only where nothing of it has changed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/plugin/registry_table.hpp"
#include "host/run_options.hpp"

namespace forkmap::host {

// By name, as it is told to the user: "function", "build-id of arith", "parameter calib",
// "--shard". What has no value is not there.
using JournalHeader = std::map<std::string, std::string>;

[[nodiscard]] JournalHeader header_of(const RunOptions& options,
                                      const plugin::FunctionEntry& function);

// One for each name whose values differ: "parameter calib was run7.json and is run8.json".
[[nodiscard]] std::vector<std::string> differences(const JournalHeader& before,
                                                   const JournalHeader& now);

}  // namespace forkmap::host
