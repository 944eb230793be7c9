// SPDX-License-Identifier: Apache-2.0
#include "host/options/reporting_options.hpp"

#include "host/cli/option_values.hpp"
#include "host/text/byte_size.hpp"

namespace forkmap::host {

namespace {

// Less would hold the names of the rows and little else.
constexpr std::uint64_t kLeastTraceBytes = std::uint64_t{64} << 10;

void add_file(CommandLine& line, const char* option, std::string& target, const char* help) {
  line.value(option, "FILE", help,
             [option, &target](const std::string& text) { target = file_name(option, text); });
}

}  // namespace

void add_crash_options(CommandLine& line, CrashOptions& options) {
  line.begin_group("Crashes");
  line.value(
      "--crash-dir", "DIR",
      "Write a report of each crash to a file in a folder, which is made if it is not there",
      [&options](const std::string& text) { options.folder = file_name("--crash-dir", text); });
  line.flag("--core", "Let workers that crash leave core files", options.core_files);
}

void check_crash_options(const CrashOptions& options, bool serial) {
  if (!serial || (options.folder.empty() && !options.core_files)) return;
  throw UsageError(std::string(options.core_files ? "--core" : "--crash-dir") +
                   " cannot be used with --serial (no workers)");
}

void add_seeing_options(CommandLine& line, SeeingOptions& options) {
  line.begin_group("Seeing a run");
  add_file(line, "--report", options.report,
           "Write a page about the run (HTML, nothing beside it is needed)");
  add_file(line, "--trace", options.trace,
           "Write trace events for Perfetto or chrome://tracing, as the run goes on");
  line.value("--trace-limit", "SIZE",
             "Size of that file: tasks are joined to keep it; 64M if not given",
             [&options](const std::string& text) {
               const auto bytes = parse_size(text);
               if (!bytes || *bytes < kLeastTraceBytes) {
                 throw UsageError("--trace-limit: invalid size \"" + text +
                                  "\": expected at least 64K, e.g. 64M");
               }
               options.trace_limit_bytes = *bytes;
               options.trace_limit_given = true;
             });
  add_file(line, "--stats", options.stats, "Write the numbers of the run, as JSON");
}

void check_seeing_options(const SeeingOptions& options) {
  if (options.trace_limit_given && options.trace.empty()) {
    throw UsageError("--trace-limit needs --trace FILE");
  }
}

void add_status_options(CommandLine& line, StatusOptions& options) {
  line.begin_group("Reports (on standard error)");
  line.flag("--no-status", "Open no status socket, so that forkmap top does not find the run",
            options.no_socket);
}

}  // namespace forkmap::host
