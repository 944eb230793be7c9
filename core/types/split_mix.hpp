// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace forkmap::types {

// First output of the generator SplitMix64 from this state (G. L. Steele, D. Lea, C. H. Flood,
// "Fast splittable pseudorandom number generators", 2014).
[[nodiscard]] std::uint64_t splitmix64(std::uint64_t state) noexcept;

// What a function sees as the seed of the item with this index in the whole input. Fixed for ever:
// results that users keep depend on it.
[[nodiscard]] std::uint64_t item_seed(std::uint64_t run_seed, std::uint64_t index) noexcept;

}  // namespace forkmap::types
