// SPDX-License-Identifier: Apache-2.0
#include "host/options/reporting_options.hpp"

#include <CLI/CLI.hpp>

#include "host/cli/option_values.hpp"
#include "host/text/byte_size.hpp"

namespace forkmap::host {

namespace {

// Less would hold the names of the rows and little else.
constexpr std::uint64_t kLeastTraceBytes = std::uint64_t{64} << 10;

void add_file(CLI::App& app, const char* option, std::string& target, const char* help) {
  app.add_option_function<std::string>(
         option, [option, &target](const std::string& text) { target = file_name(option, text); },
         help)
      ->type_name("FILE")
      ->group("Seeing a run");
}

}  // namespace

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

void add_seeing_options(CLI::App& app, SeeingOptions& options) {
  add_file(app, "--report", options.report,
           "Write a page about the run (HTML, nothing beside it is needed)");
  add_file(app, "--trace", options.trace,
           "Write trace events for Perfetto or chrome://tracing, as the run goes on");
  app.add_option_function<std::string>(
         "--trace-limit",
         [&options](const std::string& text) {
           const auto bytes = parse_size(text);
           if (!bytes || *bytes < kLeastTraceBytes) {
             throw UsageError("--trace-limit: \"" + text + "\" is no size like 64M, at least 64K");
           }
           options.trace_limit_bytes = *bytes;
           options.trace_limit_given = true;
         },
         "Size of that file: tasks are joined to keep it; 64M if not given")
      ->type_name("SIZE")
      ->group("Seeing a run");
  add_file(app, "--stats", options.stats, "Write the numbers of the run, as JSON");
}

void check_seeing_options(const SeeingOptions& options) {
  if (options.trace_limit_given && options.trace.empty()) {
    throw UsageError("--trace-limit is about a trace, so --trace FILE has to name it");
  }
}

void add_status_options(CLI::App& app, StatusOptions& options) {
  app.add_flag("--no-status", options.no_socket,
               "Open no status socket, so that forkmap top does not find the run")
      ->group("Reports (on standard error)");
}

}  // namespace forkmap::host
