// SPDX-License-Identifier: Apache-2.0
//
// forkmap/mangled_name.hpp: which names of symbols and types may be turned into what stood in the
// source. A mangled name is a program of a kind: a hundred bytes, which refer to one another, can
// stand for more text than there is memory for.
#pragma once

#include <cstddef>
#include <string_view>

namespace forkmap::detail {

inline constexpr std::size_t kLongestNameBytes = 4096;
// How often the text may double and still be made in an instant.
inline constexpr unsigned kHarmlessDoublings = 16;
inline constexpr unsigned kDoublingsOfPack =
    11;  // a pack has at most half as many parts as letters

// Whether it is sure that the name is expanded in an instant. The text is at most as long as the
// name, doubled so often: each reference (S_, S1_, T_, T0_) stands for a part of what came before.
[[nodiscard]] constexpr bool expands_soon(std::string_view name) noexcept {
  if (name.size() > kLongestNameBytes) return false;
  unsigned doublings = 0;
  for (std::size_t at = 0; at + 1 < name.size(); ++at) {
    const char letter = name[at];
    const char next = name[at + 1];
    if ((letter == 'D' || letter == 's') && next == 'p') doublings += kDoublingsOfPack;
    if (letter != 'S' && letter != 'T') continue;
    std::size_t end = at + 1;
    while (end < name.size() &&
           ((name[end] >= '0' && name[end] <= '9') || (name[end] >= 'A' && name[end] <= 'Z'))) {
      ++end;
    }
    if (end < name.size() && name[end] == '_') ++doublings;
  }
  return doublings <= kHarmlessDoublings;
}

}  // namespace forkmap::detail
