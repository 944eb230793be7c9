// SPDX-License-Identifier: Apache-2.0
//
// What a node can run, and whether that is what the coordinator would run.
#pragma once

#include <forkmap/options.hpp>
#include <string>
#include <vector>

#include "core/node/messages.hpp"
#include "core/plugin/registry_table.hpp"

namespace forkmap::node {

// What an agent with this registry and these options says of itself.
[[nodiscard]] Hello hello_of(const plugin::RegistryTable& table, const PoolOptions& options,
                             std::string host, int workers);

// Why items would have other outcomes on a node than here (other code, parameters or seed), a
// sentence each; none: they would not. What the node has beside that does no harm.
[[nodiscard]] std::vector<std::string> differences(const Hello& there,
                                                   const plugin::RegistryTable& here,
                                                   const PoolOptions& options);

// The same of the code itself: of each plugin and library that is not there, or has other contents.
// Where they lie is no difference.
[[nodiscard]] std::vector<std::string> differences(const CodeFacts::Facts& there,
                                                   const CodeFacts::Facts& here);

}  // namespace forkmap::node
