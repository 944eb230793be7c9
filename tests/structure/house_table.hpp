// SPDX-License-Identifier: Apache-2.0
//
// Which folder may include which. include_rules.hpp holds the tree to this table, and
// docs/pictures/house.svg shows it.
#pragma once

#include <string_view>
#include <vector>

namespace forkmap::structure {

// A folder may include itself and the folders in `below`. A table names a folder
// behind all that it includes.
struct Layer {
  std::string_view name;
  std::vector<std::string_view> below;
};

// The folders of core/.
[[nodiscard]] const std::vector<Layer>& layers();

// The folders of host/. Nobody lists run, shell, demo and plugin: host/main.cpp alone names them.
[[nodiscard]] const std::vector<Layer>& rooms();

}  // namespace forkmap::structure
