// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "host/report/run_record.hpp"

namespace forkmap::host {

// The file of --report: one HTML page that needs nothing beside it, and runs no script. Whatever
// items and messages hold is shown as text.
[[nodiscard]] std::string report_page(const RunRecord& facts);

}  // namespace forkmap::host
