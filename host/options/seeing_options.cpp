// SPDX-License-Identifier: Apache-2.0
#include "host/options/seeing_options.hpp"

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

}  // namespace forkmap::host
