// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace forkmap::host {

// Rows with their columns aligned, two blanks between them; the last column is not padded. `right`:
// columns that are aligned at their right end.
[[nodiscard]] std::string aligned(const std::vector<std::vector<std::string>>& rows,
                                  const std::vector<std::size_t>& right = {});

}  // namespace forkmap::host
