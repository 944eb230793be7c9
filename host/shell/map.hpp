// SPDX-License-Identifier: Apache-2.0
//
// The maps of the shell: through a pool, and in this process.
#pragma once

#include <forkmap/registry.hpp>
#include <string>
#include <vector>

#include "host/io/interrupt_fd.hpp"
#include "host/shell/outcomes.hpp"
#include "host/shell/pools.hpp"

namespace forkmap::host {

// Sends the items out; several of them for each call if the function takes several. Throws
// UsageError where some are left over.
[[nodiscard]] ShellMap open_shell_map(ShellPool& pool, const plugin::FunctionEntry& function,
                                      const std::vector<std::string>& items);

// Reads all outcomes; all pools go on meanwhile. After an interrupt what has not finished is
// Cancelled.
[[nodiscard]] ShellOutcomes read_shell_map(ShellPools& pools, const ShellMap& map,
                                           InterruptFd& interrupt);

// Runs the items in this process. A crash of the function ends the shell.
[[nodiscard]] ShellOutcomes run_serial_map(Registry& registry,
                                           const plugin::FunctionEntry& function,
                                           const std::vector<std::string>& items);

}  // namespace forkmap::host
