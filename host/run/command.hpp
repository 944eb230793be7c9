// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cli/command.hpp"

namespace forkmap::host {

// `forkmap run`: runs a function over items. Returns the exit status; throws Error.
[[nodiscard]] int run_command(Arguments arguments);

}  // namespace forkmap::host
