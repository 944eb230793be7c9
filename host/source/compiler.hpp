// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "host/source/compiler_flags.hpp"

namespace forkmap::host {

// The compiler of a language, as CXX, CC or FC name it, or c++, cc or gfortran; and what the user
// wants it to be told: CPPFLAGS, CXXFLAGS, CFLAGS or FFLAGS, and LDFLAGS when it links.
struct Compiler {
  std::vector<std::string> command;  // with the words behind its name
  std::string path;                  // of its file
  std::vector<std::string> flags;
  std::vector<std::string> link_flags;
};

// Throws UsageError, with the remedy, if there is no such program.
[[nodiscard]] Compiler compiler_of(Language language);

// Empty if it is not set.
[[nodiscard]] std::string variable_value(const char* name);
void append_words(std::vector<std::string>& to, const std::vector<std::string>& more);

// Words as a shell splits them, with quotes, without running anything. Throws UsageError, with
// `what` in front, for what a shell would not take.
[[nodiscard]] std::vector<std::string> shell_words(const std::string& what,
                                                   const std::string& text);

}  // namespace forkmap::host
