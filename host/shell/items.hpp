// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "host/shell/statement.hpp"

namespace forkmap::host {

// The items that words stand for: themselves, and 1..5 for 1 2 3 4 5 (5..1 goes down; a quoted word
// is never a range). Throws UsageError for a range of more than ten million.
[[nodiscard]] std::vector<std::string> expand_items(std::span<const ShellWord> words);

}  // namespace forkmap::host
