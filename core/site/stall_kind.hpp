// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace forkmap::pool {

enum class StallKind : std::uint8_t {
  input,     // a worker has nothing to do, and the source has no item at hand
  results,   // a worker has nothing to do, and too many results are not read yet
  no_worker  // items are there, and no worker that could take them
};

}  // namespace forkmap::pool
