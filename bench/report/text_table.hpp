// SPDX-License-Identifier: Apache-2.0
//
// Rows for people to read.
#pragma once

#include <string>

#include "bench/report/figures.hpp"

namespace forkmap::bench {

// Four significant digits.
[[nodiscard]] std::string number_text(double value);
// "2.31 us (2.20-2.60)", or without the range if there was one run only.
[[nodiscard]] std::string figure_text(const Figure& figure, const std::string& unit);

// One row: our figure, one line for each contender with the ratio, one for each target.
[[nodiscard]] std::string row_text(const Row& row);
// Machine and method, before the rows.
[[nodiscard]] std::string heading_text(const Report& report);
// How many targets were met, missed and not measured, after the rows.
[[nodiscard]] std::string closing_text(const Report& report);

}  // namespace forkmap::bench
