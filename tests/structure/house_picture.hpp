// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace forkmap::structure {

// The SVG of docs/pictures/house.svg: the folders of house_table.hpp as boxes on their floors.
// `./dev build house_picture` makes the program that prints it.
[[nodiscard]] std::string house_picture();

}  // namespace forkmap::structure
