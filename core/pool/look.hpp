// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace forkmap::pool {

// What a step looks at: lanes only, and everything now and then; or everything.
enum class Look : std::uint8_t { glance, everything };

}  // namespace forkmap::pool
