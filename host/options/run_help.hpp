// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cli/help_layout.hpp"

namespace forkmap::host {

[[nodiscard]] HelpText run_help();

}  // namespace forkmap::host
