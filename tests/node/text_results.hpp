// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/node/messages.hpp"

namespace forkmap::testing {

// Makes these the results of a part, of a function with one `str` as its result: printed lines, or
// columns. Rows without one have failed; their errors are the caller's.
void put_results(const std::vector<std::optional<std::string>>& results, bool as_columns,
                 node::BlockPart& part);

}  // namespace forkmap::testing
