// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cli/command.hpp"

namespace forkmap::host {

// `forkmap cflags`: prints the compiler flags for a plugin. Returns the exit status; throws Error.
[[nodiscard]] int cflags_command(Arguments arguments);

}  // namespace forkmap::host
