// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/source/compiler_flags.hpp"

namespace forkmap::host {

// What a user writes for a function of a source file: "primes.cpp:smallest_factor",
// "a.cpp:over(f64)", "phys.cpp:phys::energy"; "primes.cpp" is its only function.
struct SourceWord {
  std::string file;
  std::string function = {};   // as its language has it; empty: the only one
  std::string arguments = {};  // "f64", "f64, i64": of an overload; empty: not said
  Language language = Language::cxx;
};

// By the ending of the file. Nothing if the word names no source file.
[[nodiscard]] std::optional<SourceWord> source_word(const std::string& text);

// "primes" of "dir/primes.cpp": what the plugin is called. Letters, digits, "_", "." and "-".
[[nodiscard]] std::string plugin_name_of(const std::string& file);
// "phys.energy" of "phys::energy", "tmpl-int" of "tmpl<int>": what a function is called.
[[nodiscard]] std::string function_name_of(std::string_view function);

}  // namespace forkmap::host
