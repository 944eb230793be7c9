// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "tests/structure/source_tree.hpp"

namespace forkmap::structure {

inline constexpr std::size_t kMaxSourceLines = 400;
inline constexpr std::size_t kMaxHeaderLines = 350;

// A source or header that is longer than one concept needs.
[[nodiscard]] Findings check_lengths(const SourceTree& tree);

}  // namespace forkmap::structure
