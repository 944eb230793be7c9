// SPDX-License-Identifier: Apache-2.0
#include "host/options/output_options.hpp"

#include <CLI/CLI.hpp>

#include "host/cli/option_values.hpp"

namespace forkmap::host {

void add_journal_options(CLI::App& app, JournalOptions& options) {
  const char* const group = "Runs that go on, and items that are tried again";
  app.add_option_function<std::string>(
         "--output",
         [&options](const std::string& text) { options.output = file_name("--output", text); },
         "Write results to a file, with FILE.journal and FILE.failures beside it")
      ->type_name("FILE")
      ->group(group);
  app.add_flag("--resume", options.resume,
               "Go on where the journal of --output ends; begin if there is none")
      ->group(group);
  app.add_flag_callback(
         "--resume-anyway", [&options] { options.resume = options.resume_anyway = true; },
         "The same, also if the plugin, a parameter or the input has changed")
      ->group(group);
  app.add_flag("--overwrite", options.overwrite, "Begin an unfinished --output anew")->group(group);
  app.add_option_function<std::string>(
         "--joblog",
         [&options](const std::string& text) { options.job_log = file_name("--joblog", text); },
         "Write a line for each task, in the columns of GNU parallel")
      ->type_name("FILE")
      ->group(group);
  app.add_option_function<std::string>(
         "--retry-failures",
         [&options](const std::string& text) {
           options.retry_failures = file_name("--retry-failures", text);
         },
         "Run the items that a file of failures names, with their numbers")
      ->type_name("FILE")
      ->group(group);
}

void check_journal_options(const JournalOptions& options) {
  if (options.output.empty() && (options.resume || options.overwrite)) {
    const std::string option = options.overwrite       ? "--overwrite"
                               : options.resume_anyway ? "--resume-anyway"
                                                       : "--resume";
    throw UsageError(option + " is about an output file, so --output FILE has to name it");
  }
  if (options.resume && options.overwrite) {
    throw UsageError("--resume goes on and --overwrite begins anew: choose one of them");
  }
}

}  // namespace forkmap::host
