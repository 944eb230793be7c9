// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "host/cli/help_layout.hpp"

namespace forkmap::host {

[[nodiscard]] HelpText shell_help();           // of the command
[[nodiscard]] std::string shell_statements();  // of its language

}  // namespace forkmap::host
