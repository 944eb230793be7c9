// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "host/report/run_record.hpp"

namespace forkmap::host {

// What each worker did when, as HTML: tasks one by one where they are few, else how busy each was.
// With other machines a row for each; where these are few, the rows of their workers can be
// unfolded. Bounded: at most 64 rows (many workers share them), and about a thousand shapes.
[[nodiscard]] std::string report_timeline(const RunRecord& facts);

}  // namespace forkmap::host
