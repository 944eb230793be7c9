// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/structure/source_tree.hpp"

namespace forkmap::structure {

// A call in core/ or host/ that makes a descriptor and does not hand it to a UniqueFd at once: the
// descriptor would be in no set, and stay open in workers. Pipes and socket pairs, which come as
// two numbers, are made in core/base only.
[[nodiscard]] Findings check_descriptor_owners(const SourceTree& tree);

}  // namespace forkmap::structure
