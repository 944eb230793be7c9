// SPDX-License-Identifier: Apache-2.0
//
// The text that makes a plugin of functions which know nothing of forkmap: C++, which includes a
// C++ source, and declares the functions of a C or Fortran source that is compiled beside it.
#pragma once

#include <string>
#include <vector>

#include "host/source/debug_functions.hpp"
#include "host/source/source_word.hpp"

namespace forkmap::host {

// Why it cannot be called for an item; empty: it can.
[[nodiscard]] std::string reason_against(const SourceFunction& function, Language language);

// "(x: f64, n: i32) -> f64", with what forkmap does not carry as the source has it.
[[nodiscard]] std::string described(const SourceFunction& function);

// Of a C++ source, `path` absolute, and one function of it as the user has written it: its types
// are left to the compiler.
[[nodiscard]] std::string wrapper_of(const std::string& path, const SourceWord& word);

// Of functions against which there is no reason.
[[nodiscard]] std::string wrapper_of(const std::string& path, const SourceWord& word,
                                     const std::vector<SourceFunction>& functions);

// A C source with other names for these functions, by which the wrapper calls them, static ones
// too.
[[nodiscard]] std::string renamed_source(const std::string& path,
                                         const std::vector<SourceFunction>& functions);

}  // namespace forkmap::host
