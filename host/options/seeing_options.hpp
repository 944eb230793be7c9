// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace forkmap::host {

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

void add_seeing_options(CLI::App& app, SeeingOptions& options);
// Throws UsageError for what does not go together.
void check_seeing_options(const SeeingOptions& options);

}  // namespace forkmap::host
