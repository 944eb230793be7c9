// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/cli/installation.hpp"

namespace forkmap::host {

enum class Language : std::uint8_t { cxx, c, fortran };

// What a compiler, GCC or Clang, is told to make a plugin: hidden symbols, and a list of exported
// ones for the linker, so that a plugin exports its descriptor only and has no unique symbols,
// which plugins would share in spite of RTLD_LOCAL; headers that give no warnings in somebody's
// build.
[[nodiscard]] std::vector<std::string> compiler_flags(const Installation& installation,
                                                      Language language);

// The same word for $(forkmap cflags), where a shell splits at spaces and fills in patterns: what
// would split it is printed as a pattern that only this path matches. Throws Error if others do.
[[nodiscard]] std::string unquoted_word(const std::string& word);

}  // namespace forkmap::host
