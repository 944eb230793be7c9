// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cli/command.hpp"

namespace forkmap::host {

// `forkmap demo`: plays the lesson. Returns the exit status; throws Error.
[[nodiscard]] int demo_command(Arguments arguments);

}  // namespace forkmap::host
