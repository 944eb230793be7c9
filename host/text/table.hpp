// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace forkmap::host {

// Rows with their columns aligned, two blanks between them; the last column is not padded. `right`:
// columns that are aligned at their right end. What cannot be shown is escaped, so that a row is
// one line.
[[nodiscard]] std::string aligned(std::vector<std::vector<std::string>> rows,
                                  const std::vector<std::size_t>& right = {});

}  // namespace forkmap::host
