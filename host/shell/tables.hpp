// SPDX-License-Identifier: Apache-2.0
//
// What the shell shows of pools and of the registry.
#pragma once

#include <forkmap/registry.hpp>
#include <string>

#include "host/shell/pools.hpp"

namespace forkmap::host {

[[nodiscard]] std::string workers_table(const ShellPool& pool);
[[nodiscard]] std::string lanes_table(const ShellPool& pool);
// Plugins and functions with the generation that brought them.
[[nodiscard]] std::string registry_table(const Registry& registry);
// A line for each plugin of the generation or older whose file has changed since it was loaded.
[[nodiscard]] std::string changed_files(const Registry& registry, Generation generation);

}  // namespace forkmap::host
