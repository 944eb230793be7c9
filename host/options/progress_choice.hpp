// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace forkmap::host {

// When the progress of a run is shown; automatic: on a terminal.
enum class Progress : std::uint8_t { automatic, always, never };

}  // namespace forkmap::host
