// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/structure/source_tree.hpp"

namespace forkmap::structure {

// A folder or file that is named for being a collection of whatever found no place: util, common,
// helpers.
[[nodiscard]] Findings check_no_catch_all(const SourceTree& tree);

// Two files of one name below core/. Those of host/ are told apart by their rooms.
[[nodiscard]] Findings check_unique_names(const SourceTree& tree);

// A source or header without its licence line, a header without its guard.
[[nodiscard]] Findings check_licence_lines(const SourceTree& tree);
[[nodiscard]] Findings check_header_guards(const SourceTree& tree);

// A source of the command without a header of its own: a slice of another file's concept.
[[nodiscard]] Findings check_own_headers(const SourceTree& tree);

}  // namespace forkmap::structure
