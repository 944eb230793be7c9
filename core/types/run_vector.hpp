// SPDX-License-Identifier: Apache-2.0
//
// Runs the `run_vector` entry of a function over a chunk: for all items at once, for fewer where
// their results do not fit, and item by item where that has to be.
#pragma once

#include "core/types/chunk_services.hpp"

namespace forkmap::types {

// As run_chunk(), of which it is a part. Progress moves when a call has ended well: to the end of
// its items.
[[nodiscard]] int run_vectors(forkmap_chunk& chunk);

}  // namespace forkmap::types
