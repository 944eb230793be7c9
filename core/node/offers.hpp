// SPDX-License-Identifier: Apache-2.0
//
// What a node can run, and whether that is what the coordinator would run.
#pragma once

#include <string>
#include <vector>

#include "core/node/messages.hpp"
#include "core/plugin/registry_table.hpp"

namespace forkmap::node {

// What an agent with this registry says of itself.
[[nodiscard]] Hello hello_of(const plugin::RegistryTable& table, std::string host, int workers);

// Why a node would run other code than this registry holds, a sentence each; none: it would not.
// What the node has beside that does no harm.
[[nodiscard]] std::vector<std::string> differences(const Hello& there,
                                                   const plugin::RegistryTable& here);

}  // namespace forkmap::node
