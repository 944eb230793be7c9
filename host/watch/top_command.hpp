// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cli/command.hpp"

namespace forkmap::host {

// `forkmap top`: shows a run that goes on. Returns the exit status; throws Error.
[[nodiscard]] int top_command(Arguments arguments);

}  // namespace forkmap::host
