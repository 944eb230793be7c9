// SPDX-License-Identifier: Apache-2.0
#include "host/plugin/cflags.hpp"

#include <cstdio>
#include <string>

#include "host/cli/command_line.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/cli/option_values.hpp"
#include "host/source/compiler_flags.hpp"

namespace forkmap::host {

int cflags_command(Arguments arguments) {
  CommandLine command_line(
      {.usage = "forkmap cflags [--language c++|c|fortran]",
       .description =
           "Prints the flags that a compiler (GCC or Clang) needs to make a plugin, for the build\n"
           "tree or the installation that this program belongs to. A space in its path is printed\n"
           "as ?, which a shell makes a space again.",
       .examples = "Examples\n"
                   "  c++ $(forkmap cflags) -o my.so my.cpp\n"
                   "  cc $(forkmap cflags --language c) -o my.so my.c"});
  Language language = Language::cxx;
  command_line.value(
      "--language", "NAME", "c++ (if not given), c or fortran",
      [&language](const std::string& text) {
        language = choice<Language>(
            "--language", text,
            {{"c++", Language::cxx}, {"c", Language::c}, {"fortran", Language::fortran}});
      });
  const auto line = command_line.read(arguments);
  if (!line) return kSucceeded;
  if (!line->words.empty()) throw UsageError("cflags takes no \"" + line->words.front() + "\"");
  std::string all;
  for (const std::string& flag : compiler_flags(find_installation(), language)) {
    all += (all.empty() ? "" : " ") + unquoted_word(flag);
  }
  std::puts(all.c_str());
  return kSucceeded;
}

}  // namespace forkmap::host
