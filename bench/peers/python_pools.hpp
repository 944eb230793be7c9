// SPDX-License-Identifier: Apache-2.0
//
// The pools of bench/peers/python_pool.py.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/run/context.hpp"
#include "bench/run/plan.hpp"

namespace forkmap::bench {

// One opponent for each pool, a process of its own for each run; none if peers were not asked for.
// `figure` makes the row's figure of the seconds.
[[nodiscard]] std::vector<Opponent> python_pools(Context& context, std::vector<std::string> work,
                                                 std::function<double(double seconds)> figure);

}  // namespace forkmap::bench
