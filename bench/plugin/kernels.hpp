// SPDX-License-Identifier: Apache-2.0
//
// The arithmetic of the array rows, so that forkmap and its peers run the same.
#pragma once

namespace forkmap::bench {

[[nodiscard]] inline double scale(double x) noexcept { return x * 1.5 + 0.25; }

}  // namespace forkmap::bench
