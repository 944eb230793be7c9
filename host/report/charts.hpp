// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "host/report/run_record.hpp"

namespace forkmap::host {

// Items a second over the time of the run, as HTML.
[[nodiscard]] std::string throughput_chart(const RunRecord& facts);
// How many items took how long, over times that double and double again, and what most did not
// exceed.
[[nodiscard]] std::string times_chart(const RunRecord& facts);

}  // namespace forkmap::host
