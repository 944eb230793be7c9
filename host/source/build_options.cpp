// SPDX-License-Identifier: Apache-2.0
#include "host/source/build_options.hpp"

namespace forkmap::host {

void add_build_options(CommandLine& line, BuildOptions& options) {
  line.value("--build", "WORDS",
             "What the compiler is told besides, of plugins that are source files: '-lgsl -O3'",
             [&options](const std::string& text) { options.words = text; });
  line.flag("--rebuild", "Compile source files, even if they were compiled before",
            options.is_forced);
}

}  // namespace forkmap::host
