// SPDX-License-Identifier: Apache-2.0
//
// The real input of the demo: every file below the compiler's include folders.
#pragma once

#include <string>
#include <vector>

namespace forkmap::host {

// The folders in which the C++ compiler of this machine looks for headers; /usr/include where there
// is no compiler. Only folders that exist, and none that is inside another one.
[[nodiscard]] std::vector<std::string> compiler_include_folders();

// Regular files below the folders that this process may read, sorted. Links to folders are not
// followed. Names with a line end are left out: `wc` could not tell of them.
[[nodiscard]] std::vector<std::string> readable_files_below(
    const std::vector<std::string>& folders);

}  // namespace forkmap::host
