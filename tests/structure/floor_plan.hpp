// SPDX-License-Identifier: Apache-2.0
//
// Draws a table of folders as a plan: each folder is a box on the lowest floor above all folders
// that it includes, and arrows run down. An arrow that follows from others is left out: of
// run -> input -> io and run -> io, the second.
#pragma once

#include <string_view>
#include <vector>

#include "tests/structure/house_table.hpp"

namespace forkmap::structure {

// Pixels from the left and from the top of the plan.
struct Point {
  int x = 0;
  int y = 0;
};

struct Box {
  std::string_view name;
  Point corner;  // the upper left one
};

// A way down: from the lower edge of a box to the upper edge of another, around the boxes between.
using Way = std::vector<Point>;

struct FloorPlan {
  int width = 0;
  int height = 0;
  std::vector<Box> boxes;
  std::vector<Way> arrows;
};

inline constexpr int kBoxWidth = 88;
inline constexpr int kBoxHeight = 30;

// The same table gives the same plan on every machine: whole numbers only. A folder in `below`
// that the table does not name is left out.
[[nodiscard]] FloorPlan floor_plan(const std::vector<Layer>& table);

}  // namespace forkmap::structure
