// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/plugin/registry_table.hpp"
#include "host/options/run_options.hpp"

namespace forkmap::host {

// What a run would do, a line for each thing. `function` is null while it is not known (late
// plugins).
[[nodiscard]] std::string describe_run(const RunOptions& options,
                                       const plugin::RegistryTable& table,
                                       const plugin::FunctionEntry* function);

}  // namespace forkmap::host
