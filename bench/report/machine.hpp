// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/report/figures.hpp"

namespace forkmap::bench {

// This machine, and the compiler that made this program.
[[nodiscard]] Machine describe_machine();

}  // namespace forkmap::bench
