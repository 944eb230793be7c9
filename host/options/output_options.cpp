// SPDX-License-Identifier: Apache-2.0
#include "host/options/output_options.hpp"

#include "host/cli/option_values.hpp"

namespace forkmap::host {

void add_output_options(CommandLine& line, OutputOptions& options) {
  line.begin_group("Runs that go on, and items that are tried again");
  line.value("--output", "FILE",
             "Write results to a file, with FILE.journal and FILE.failures beside it",
             [&options](const std::string& text) { options.output = file_name("--output", text); });
  line.flag("--resume", "Go on where the journal of --output ends; begin if there is none",
            options.resume);
  line.flag("--resume-anyway", "The same, also if the plugin, a parameter or the input has changed",
            [&options] { options.resume = options.resume_anyway = true; });
  line.flag("--overwrite", "Begin an unfinished --output anew", options.overwrite);
  line.value(
      "--joblog", "FILE", "Write a line for each task, in the columns of GNU parallel",
      [&options](const std::string& text) { options.job_log = file_name("--joblog", text); });
  line.value("--retry-failures", "FILE",
             "Run the items that a file of failures names, with their numbers",
             [&options](const std::string& text) {
               options.retry_failures = file_name("--retry-failures", text);
             });
}

void check_output_options(const OutputOptions& options) {
  if (options.output.empty() && (options.resume || options.overwrite)) {
    const std::string option = options.overwrite       ? "--overwrite"
                               : options.resume_anyway ? "--resume-anyway"
                                                       : "--resume";
    throw UsageError(option + " needs --output FILE");
  }
  if (options.resume && options.overwrite) {
    throw UsageError("--resume goes on and --overwrite begins anew: choose one of them");
  }
}

}  // namespace forkmap::host
