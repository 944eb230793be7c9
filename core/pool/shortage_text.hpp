// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace forkmap::pool {

// "fork: Resource temporarily unavailable; processes are limited (ulimit -u is 5, ...)": what was
// tried, the system's answer, and which limit is likely to be the cause.
[[nodiscard]] std::string shortage_text(const std::string& tried, int error_number);

// That limit alone, or nothing.
[[nodiscard]] std::string limit_behind(int error_number);

}  // namespace forkmap::pool
