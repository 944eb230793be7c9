// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace forkmap::base {

// Absolute path of the running executable; of the file in its place, if it was replaced. Where
// there is no /proc to ask, what the program was started as.
[[nodiscard]] std::string executable_path();

}  // namespace forkmap::base
