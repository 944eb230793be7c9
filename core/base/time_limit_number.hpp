// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace forkmap::base {

// Time limits of items have numbers from 1 on; 0 means no limit. A task's cell has one byte for it.
inline constexpr std::uint32_t kMostTimeLimits = 255;

}  // namespace forkmap::base
