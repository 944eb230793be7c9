// SPDX-License-Identifier: Apache-2.0
//
// A report as JSON and back, with all runs.
#pragma once

#include <string>
#include <string_view>

#include "bench/report/figures.hpp"

namespace forkmap::bench {

// Medians, ratios and verdicts are written beside the runs for readers of the file.
[[nodiscard]] std::string to_json(const Report& report);
// Reads runs and targets; the rest follows from them. Throws std::runtime_error for what is not
// such a report.
[[nodiscard]] Report from_json(std::string_view text);

}  // namespace forkmap::bench
