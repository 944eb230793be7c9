// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/structure/source_tree.hpp"

namespace forkmap::structure {

// A synchronisation label in core/ that stands at one place only: an acquire without its release,
// or the reverse.
[[nodiscard]] Findings check_sync_labels(const SourceTree& tree);

// An atomic operation without its memory order, in the layers that share memory between processes
// or threads.
[[nodiscard]] Findings check_memory_orders(const SourceTree& tree);

// A word that marks unfinished work.
[[nodiscard]] Findings check_unfinished_work(const SourceTree& tree);

}  // namespace forkmap::structure
