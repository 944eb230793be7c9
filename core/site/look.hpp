// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace forkmap::pool {

// What a step looks at.
enum class Look : std::uint8_t {
  glance,       // results, and everything else now and then
  everything,   // all, unless there are results
  around_sleep  // all; of descriptors only those that end_sleep() has named
};

}  // namespace forkmap::pool
