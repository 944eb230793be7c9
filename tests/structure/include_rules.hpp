// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/structure/source_tree.hpp"

namespace forkmap::structure {

// An include against the tables of layers and rooms: a lower one that includes a higher one, the
// command that reaches past the engine, a plugin that includes more than the plugin headers, a path
// that is not relative to the root.
[[nodiscard]] Findings check_arrows(const SourceTree& tree);

// A room of the command that is linked with other rooms than it may include (ROOMS in its
// CMakeLists.txt, in the order of the table).
[[nodiscard]] Findings check_room_links(const SourceTree& tree);

// Files that include each other in a circle; one finding a circle.
[[nodiscard]] Findings check_circles(const SourceTree& tree);

// A public header that includes anything but the standard library and other public headers.
[[nodiscard]] Findings check_public_headers(const SourceTree& tree);

// A source that does not include its own header before all others: that is what shows a header to
// be self-contained.
[[nodiscard]] Findings check_own_header_first(const SourceTree& tree);

}  // namespace forkmap::structure
