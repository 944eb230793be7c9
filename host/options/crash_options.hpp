// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace forkmap::host {

// What is kept of workers that crash.
struct CrashOptions {
  std::string folder;       // for a file a crash; empty: none
  bool core_files = false;  // workers may leave them
};

void add_crash_options(CLI::App& app, CrashOptions& options);
// Throws UsageError for what does not go together.
void check_crash_options(const CrashOptions& options, bool serial);

}  // namespace forkmap::host
