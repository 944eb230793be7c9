// SPDX-License-Identifier: Apache-2.0
//
// What a run is, as far as its results depend on it: the first line of its journal. A run may go on
// only where nothing of it has changed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/plugin/registry_table.hpp"
#include "core/types/signature.hpp"
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

// What a header says of the items of its run and of the form of their results, read back.
struct RecordedForm {
  Shard shard;
  std::uint64_t first_item = 1;
  bool are_failures = false;  // items of --retry-failures, which have numbers of their own
  bool nul = false;
  bool ordered = true;
  bool fills = false;  // items that failed have a line, too
  Reduction reduction = Reduction::none;
  Format format = Format::lines;
  types::Signature signature;  // of the function

  // What ends a result.
  [[nodiscard]] char terminator() const noexcept {
    return nul && format == Format::lines ? '\0' : '\n';
  }
};
// Nothing for one that header_of() has not made.
[[nodiscard]] std::optional<RecordedForm> recorded_form(const JournalFacts& run);

// One for each name whose values differ: "parameter calib was run7.json and is run8.json".
[[nodiscard]] std::vector<std::string> differences(const JournalFacts& before,
                                                   const JournalFacts& now);

}  // namespace forkmap::host
