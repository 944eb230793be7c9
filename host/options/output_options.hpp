// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "host/cli/command_line.hpp"

namespace forkmap::host {

// Where results go if not to standard output, and what becomes of a run that did not end.
struct JournalOptions {
  std::string output;          // empty: standard output
  bool resume = false;         // go on behind what the journal says is done
  bool resume_anyway = false;  // also where something has changed; `resume` is set as well
  bool overwrite = false;      // begin anew
  std::string job_log;         // empty: none
  std::string retry_failures;  // the items are those of this file; empty: they are not
};

void add_journal_options(CommandLine& line, JournalOptions& options);
// Throws UsageError for what does not go together.
void check_journal_options(const JournalOptions& options);

}  // namespace forkmap::host
