// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cli/command.hpp"

namespace forkmap::host {

// `forkmap list`: lists the functions of plugins. Returns the exit status; throws Error.
[[nodiscard]] int list_command(Arguments arguments);

}  // namespace forkmap::host
