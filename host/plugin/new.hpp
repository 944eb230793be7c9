// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cli/command.hpp"

namespace forkmap::host {

// `forkmap new`: writes a plugin project. Returns the exit status; throws Error.
[[nodiscard]] int new_command(Arguments arguments);

}  // namespace forkmap::host
