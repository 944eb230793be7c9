// SPDX-License-Identifier: Apache-2.0
//
// What a run is, as far as its results depend on it: the first line of its journal. A run may go on
// only where nothing of it has changed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/plugin/registry_table.hpp"
#include "host/options/run_options.hpp"

namespace forkmap::host {

// By name, as it is told to the user: "function", "code of arith", "parameter calib", "--shard".
// What has no value is not there.
using JournalFacts = std::map<std::string, std::string>;

struct JournalHeader {
  JournalFacts run;      // where one differs, the results are those of another run
  JournalFacts machine;  // where one differs, they may be: a notice
};

// `code` and `machine`: what is known of them from elsewhere.
[[nodiscard]] JournalHeader header_of(const RunOptions& options,
                                      const plugin::FunctionEntry& function,
                                      const JournalFacts& code, JournalFacts machine);

// One for each name whose values differ: "parameter calib was run7.json and is run8.json".
[[nodiscard]] std::vector<std::string> differences(const JournalFacts& before,
                                                   const JournalFacts& now);

}  // namespace forkmap::host
