// SPDX-License-Identifier: Apache-2.0
//
// Which files a compiler has read.
#pragma once

#include <string>
#include <vector>

namespace forkmap::host {

// From the rule for make that GCC and Clang write (-MD); none if it is not there.
[[nodiscard]] std::vector<std::string> files_of_rule(const std::string& path);

// A Fortran source and what it includes, as far as the lines say so: its compiler writes no rules.
[[nodiscard]] std::vector<std::string> included_files(const std::string& source);

}  // namespace forkmap::host
