// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace forkmap::tests {

// Of this process, with the one that counting them takes.
[[nodiscard]] std::size_t open_descriptors();

}  // namespace forkmap::tests
