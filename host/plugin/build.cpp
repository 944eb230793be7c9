// SPDX-License-Identifier: Apache-2.0
#include "host/plugin/build.hpp"

#include <cstdio>
#include <string>

#include "host/cli/command_line.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/cli/option_values.hpp"
#include "host/source/source_plugin.hpp"

namespace forkmap::host {

int build_command(Arguments arguments) {
  CommandLine command_line(
      {.usage = "forkmap build [-o PLUGIN.so] [--build WORDS] SOURCE[:FUNCTION]",
       .description =
           "Makes a plugin of a source file in C++, C or Fortran: of one function of it, or of "
           "all\n"
           "that can be called (forkmap list SOURCE says which). The file need not know forkmap; "
           "one\n"
           "that has a descriptor of its own (FORKMAP_PLUGIN) is compiled as it is. forkmap run "
           "does\n"
           "this by itself, and keeps what it has made.\n"
           "\n"
           "CXX, CC, FC, CPPFLAGS, CXXFLAGS, CFLAGS, FFLAGS and LDFLAGS are heeded.",
       .examples = "Examples\n"
                   "  forkmap build primes.cpp            makes ./primes.so\n"
                   "  forkmap build -o p.so primes.cpp:smallest_factor\n"
                   "  forkmap build --build '-lgsl' bessel.c"});
  std::string output;
  BuildOptions options;
  command_line.value("-o,--output", "FILE", "The plugin; SOURCE with .so if not given",
                     [&output](const std::string& text) { output = file_name("-o", text); });
  add_build_options(command_line, options);
  const auto line = command_line.read(arguments);
  if (!line) return kSucceeded;
  if (line->words.size() != 1) throw UsageError("build makes a plugin of one source file");
  const auto word = source_word(line->words.front());
  if (!word) {
    throw UsageError(line->words.front() +
                     " is no source file: its name ends in none of .cpp .cc .cxx .c .f90 .f95 .f03 "
                     ".f08 .f .for");
  }
  if (output.empty()) output = plugin_name_of(word->file) + ".so";
  const SourcePlugin plugin(*word, options);
  if (!plugin.warnings().empty()) {
    std::fprintf(stderr, "forkmap: %s:%s\n", word->file.c_str(), plugin.warnings().c_str());
  }
  plugin.put(output);
  return kSucceeded;
}

}  // namespace forkmap::host
