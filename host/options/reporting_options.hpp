// SPDX-License-Identifier: Apache-2.0
//
// What is told of a run besides its results: of crashes, afterwards, and while it goes on.
#pragma once

#include <cstdint>
#include <string>

#include "host/cli/command_line.hpp"

namespace forkmap::host {

// What is kept of workers that crash.
struct CrashOptions {
  std::string folder;       // for a file a crash; empty: none
  bool core_files = false;  // workers may leave them
};

void add_crash_options(CommandLine& line, CrashOptions& options);
// Throws UsageError for what does not go together.
void check_crash_options(const CrashOptions& options, bool serial);

// The files in which a run can be seen afterwards; empty names: none.
struct SeeingOptions {
  std::string trace;                                          // trace events
  std::uint64_t trace_limit_bytes = std::uint64_t{64} << 20;  // of that file
  bool trace_limit_given = false;
  std::string report;  // a page
  std::string stats;   // numbers, in JSON

  [[nodiscard]] bool any() const noexcept {
    return !trace.empty() || !report.empty() || !stats.empty();
  }
};

void add_seeing_options(CommandLine& line, SeeingOptions& options);
// Throws UsageError for what does not go together.
void check_seeing_options(const SeeingOptions& options);

// How a run lets itself be looked at.
struct StatusOptions {
  bool no_socket = false;
};

void add_status_options(CommandLine& line, StatusOptions& options);

}  // namespace forkmap::host
