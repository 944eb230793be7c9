// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace forkmap::process {

// Closes every descriptor of this process but 0, 1, 2 and those.
void close_all_but(std::vector<int> kept);

}  // namespace forkmap::process
