// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cli/command.hpp"

namespace forkmap::host {

// `forkmap inspect`: says what a plugin's file is. Returns the exit status; throws Error.
[[nodiscard]] int inspect_command(Arguments arguments);

}  // namespace forkmap::host
