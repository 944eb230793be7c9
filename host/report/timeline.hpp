// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "host/report/run_record.hpp"

namespace forkmap::host {

// What each worker did when, as HTML: tasks one by one where they are few, else how busy each was.
// Bounded: at most 64 rows (many workers share them), and about a thousand shapes.
[[nodiscard]] std::string report_timeline(const RunRecord& facts);

}  // namespace forkmap::host
