// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace forkmap::host {

// The program that speaks MPI: `named` (--courier), else FORKMAP_COURIER, else the one that was
// built or installed with this program. Throws UsageError if there is none.
[[nodiscard]] std::string courier_file(const std::string& named);

}  // namespace forkmap::host
