// SPDX-License-Identifier: Apache-2.0
#include "host/options/crash_options.hpp"

#include <CLI/CLI.hpp>

#include "host/cli/option_values.hpp"

namespace forkmap::host {

void add_crash_options(CLI::App& app, CrashOptions& options) {
  const char* const group = "Crashes";
  app.add_option_function<std::string>(
         "--crash-dir",
         [&options](const std::string& text) { options.folder = file_name("--crash-dir", text); },
         "Write a report of each crash to a file in a folder, which is made if it is not there")
      ->type_name("DIR")
      ->group(group);
  app.add_flag("--core", options.core_files, "Let workers that crash leave core files")
      ->group(group);
}

void check_crash_options(const CrashOptions& options, bool serial) {
  if (!serial || (options.folder.empty() && !options.core_files)) return;
  throw UsageError("--serial has no workers, so " +
                   std::string(options.core_files ? "--core" : "--crash-dir") +
                   " has no place there");
}

}  // namespace forkmap::host
