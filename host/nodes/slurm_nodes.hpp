// SPDX-License-Identifier: Apache-2.0
//
// The machines of a Slurm allocation.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/options/launcher.hpp"
#include "host/options/node_options.hpp"

namespace forkmap::host {

// Those of the allocation that this process runs in, the first of them first; scontrol is asked.
// Throws UsageError where there is none, or where this is not its first machine.
[[nodiscard]] std::vector<NodeWish> slurm_nodes(const Variables& variables);

// "16(x3),8": processors for each machine, in order; nothing if the text is none such.
[[nodiscard]] std::optional<std::vector<int>> processors_per_node(std::string_view text);

}  // namespace forkmap::host
