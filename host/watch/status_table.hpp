// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "host/watch/status.hpp"

namespace forkmap::host {

// Lines for people: what the run has done, a row for each of the other machines, and one for each
// worker: of all machines where the others are few, or of the one that `machine` names ("here":
// this one). Nothing is cut.
[[nodiscard]] std::vector<std::string> status_lines(const RunStatus& status,
                                                    const std::string& machine = "");
// The run has a machine of this name.
[[nodiscard]] bool has_machine(const RunStatus& status, const std::string& machine);
// A line for each run, under a heading.
[[nodiscard]] std::string table_of_runs(const std::vector<RunStatus>& runs);

// As much of the lines as a window shows, with a note in the last row if some do not fit. No
// newline behind the last one.
[[nodiscard]] std::string fitted(const std::vector<std::string>& lines, std::size_t columns,
                                 std::size_t rows, std::string_view line_end);

}  // namespace forkmap::host
