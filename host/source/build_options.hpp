// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "host/cli/command_line.hpp"

namespace forkmap::host {

// How sources are compiled.
struct BuildOptions {
  std::string words;       // for the compiler and the linker: "-lgsl -O3"
  bool is_forced = false;  // whatever was kept
};

void add_build_options(CommandLine& line, BuildOptions& options);

}  // namespace forkmap::host
