// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cli/command.hpp"

namespace forkmap::host {

// `forkmap shell`: runs a script of statements, or a session. Returns the exit status; throws
// Error.
[[nodiscard]] int shell_command(Arguments arguments);

}  // namespace forkmap::host
