// SPDX-License-Identifier: Apache-2.0
//
// Which names look like a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace forkmap::plugin {

// Number of letters to insert, delete, replace, or swap with their neighbour, to turn one into the
// other; upper and lower case count as the same letter.
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);

// At most `limit` of `names` that are near enough to be what was meant, nearest first. A name
// "plugin:function" is compared both whole and by its part after the colon.
[[nodiscard]] std::vector<std::string> near_names(std::string_view wanted,
                                                  std::span<const std::string> names,
                                                  std::size_t limit = 5);

// "a, b, c"
[[nodiscard]] std::string joined(std::span<const std::string> names);

}  // namespace forkmap::plugin
