// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "host/cli/command_line.hpp"

namespace forkmap::host {

// Where results go if not to standard output, and what becomes of a run that did not end.
struct OutputOptions {
  std::string output;          // empty: standard output
  bool resume = false;         // go on behind what the journal says is done
  bool resume_anyway = false;  // also where something has changed; `resume` is set as well
  bool overwrite = false;      // begin anew
  std::string job_log;         // empty: none
  std::string retry_failures;  // the items are those of this file; empty: they are not
};

void add_output_options(CommandLine& line, OutputOptions& options);
// Throws UsageError for what does not go together.
void check_output_options(const OutputOptions& options);

}  // namespace forkmap::host
