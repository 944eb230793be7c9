// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <forkmap/outcome.hpp>
#include <string>

namespace forkmap::host {

// The message of an error. Where it names the worker, the node stands behind it: "worker 4711 of
// node n3 was killed by ...". `node` is empty for this machine.
[[nodiscard]] std::string message_with_node(const ItemError& error, const std::string& node);

}  // namespace forkmap::host
