// SPDX-License-Identifier: Apache-2.0
// The plan of a table, and the picture in the documents.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/structure/floor_plan.hpp"
#include "tests/structure/house_picture.hpp"
#include "tests/structure/house_table.hpp"

using namespace forkmap::structure;

namespace {

const Box& box_of(const FloorPlan& plan, std::string_view name) {
  const auto found = std::ranges::find(plan.boxes, name, &Box::name);
  REQUIRE(found != plan.boxes.end());
  return *found;
}

bool touches(const Box& box, Point upper, Point lower) {
  const int left = box.corner.x;
  const int top = box.corner.y;
  return std::max(upper.x, lower.x) > left && std::min(upper.x, lower.x) < left + kBoxWidth &&
         lower.y > top && upper.y < top + kBoxHeight;
}

// A table whose arrows pass floors and cross each other.
const std::vector<Layer>& entangled() {
  static const std::vector<Layer> table = {
      {"a", {}},         {"b", {}},    {"c", {"b"}},
      {"d", {"a"}},      {"e", {"c"}}, {"f", {"e", "c", "b", "a"}},
      {"g", {"d", "b"}},
  };
  return table;
}

}  // namespace

TEST_CASE("an arrow that follows from others is not drawn") {
  const std::vector<Layer> table = {{"low", {}}, {"middle", {"low"}}, {"high", {"middle", "low"}}};
  const FloorPlan plan = floor_plan(table);
  REQUIRE(plan.arrows.size() == 2);
  for (const Way& way : plan.arrows) CHECK(way.size() == 2);
  CHECK(box_of(plan, "high").corner.y < box_of(plan, "middle").corner.y);
  CHECK(box_of(plan, "middle").corner.y < box_of(plan, "low").corner.y);
}

TEST_CASE("each arrow leads down from one box to another, and around all others") {
  for (const auto* table : {&entangled(), &layers(), &rooms()}) {
    const FloorPlan plan = floor_plan(*table);
    for (const Way& way : plan.arrows) {
      REQUIRE(way.size() >= 2);
      for (std::size_t i = 1; i < way.size(); ++i) {
        CHECK(way[i - 1].y < way[i].y);
        // Between floors an arrow is a curve; beside the boxes it is straight.
        if (way[i - 1].x != way[i].x) continue;
        for (const Box& box : plan.boxes) CHECK_FALSE(touches(box, way[i - 1], way[i]));
      }
    }
  }
}

TEST_CASE("each box has its place, above all that it includes") {
  for (const auto* table : {&entangled(), &layers(), &rooms()}) {
    const FloorPlan plan = floor_plan(*table);
    REQUIRE(plan.boxes.size() == table->size());
    for (const Layer& layer : *table) {
      const Box& box = box_of(plan, layer.name);
      CHECK(box.corner.x >= 0);
      CHECK(box.corner.x + kBoxWidth <= plan.width);
      CHECK(box.corner.y + kBoxHeight <= plan.height);
      for (const std::string_view below : layer.below) {
        CHECK(box.corner.y < box_of(plan, below).corner.y);
      }
      CHECK(std::ranges::count_if(plan.boxes, [&](const Box& other) {
              return other.corner.y == box.corner.y &&
                     std::abs(other.corner.x - box.corner.x) < kBoxWidth;
            }) == 1);
    }
  }
}

TEST_CASE("a table without folders has an empty plan") {
  const FloorPlan plan = floor_plan({});
  CHECK(plan.boxes.empty());
  CHECK(plan.height == 0);
}

TEST_CASE("the tables name a folder behind all that it includes") {
  for (const auto* table : {&layers(), &rooms()}) {
    std::vector<std::string_view> named;
    for (const Layer& layer : *table) {
      for (const std::string_view below : layer.below) {
        INFO(layer.name << " includes " << below);
        CHECK(std::ranges::count(named, below) == 1);
      }
      named.push_back(layer.name);
    }
  }
}

TEST_CASE("the picture in the documents is made from the table") {
  std::ifstream file(FORKMAP_SOURCE_DIR "/docs/pictures/house.svg", std::ios::binary);
  REQUIRE(file);
  const std::string picture((std::istreambuf_iterator<char>(file)), {});
  INFO(
      "./dev build house_picture && build/release/tests/structure/house_picture "
      "> docs/pictures/house.svg draws it anew");
  CHECK(picture == house_picture());
}
