// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "host/report/run_record.hpp"

namespace forkmap::host {

// What each of the other machines has done, as HTML; 64 of them at most.
[[nodiscard]] std::string node_table(const RunRecord& facts);

}  // namespace forkmap::host
