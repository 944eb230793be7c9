// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cli/command.hpp"

namespace forkmap::host {

// Makes a plugin of a source file.
[[nodiscard]] int build_command(Arguments arguments);

}  // namespace forkmap::host
