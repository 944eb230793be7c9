// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "host/watch/address.hpp"

namespace forkmap::host {

// Shows a run on this terminal until it ends or somebody has seen enough. Returns the exit status;
// a signal ends the process as if it had not been handled, with the terminal as it was before.
// `machine`: whose workers are shown (status_table.hpp).
[[nodiscard]] int show_live(const StatusName& run, std::chrono::nanoseconds interval,
                            const std::string& machine);

}  // namespace forkmap::host
