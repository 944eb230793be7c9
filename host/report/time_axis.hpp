// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

namespace forkmap::host {

// A round step, 1, 2 or 5 of a unit (or as many minutes or hours as a clock has), with at most so
// many of them in the whole.
[[nodiscard]] std::chrono::nanoseconds axis_step(std::chrono::nanoseconds whole, int most);

// Times below a plot that reaches from 0 to `whole`, as HTML.
[[nodiscard]] std::string time_axis(std::chrono::nanoseconds whole);

}  // namespace forkmap::host
