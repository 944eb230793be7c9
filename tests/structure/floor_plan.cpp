// SPDX-License-Identifier: Apache-2.0
#include "tests/structure/floor_plan.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace forkmap::structure {

namespace {

constexpr int kFloorHeight = 78;  // from one floor's boxes to the next one's
constexpr int kGap = 18;          // between two boxes
constexpr int kBendWidth = 8;     // what an arrow that passes a floor takes of it
constexpr int kOrderRounds = 24;  // the order of small tables stands after a few
constexpr int kPlacingRounds = 60;

// A box, or the bend of an arrow that passes a floor.
struct Node {
  std::size_t floor = 0;
  bool is_box = true;
  std::vector<std::size_t> above;
  std::vector<std::size_t> below;
  int x = 0;  // of its middle

  [[nodiscard]] int width() const { return is_box ? kBoxWidth : kBendWidth; }
};

using Floor = std::vector<std::size_t>;  // its nodes from left to right

class Plan {
 public:
  explicit Plan(const std::vector<Layer>& table) : table_(table) {
    nodes_.resize(table.size());
    find_floors();
    add_arrows();
    order_floors();
    place_nodes();
  }

  [[nodiscard]] FloorPlan result() const {
    FloorPlan plan;
    for (std::size_t box = 0; box < table_.size(); ++box) {
      const Node& node = nodes_[box];
      plan.boxes.push_back({table_[box].name, {node.x - kBoxWidth / 2, top_of(node.floor)}});
      for (const std::size_t next : node.below) plan.arrows.push_back(way_down(box, next));
    }
    for (const Node& node : nodes_) plan.width = std::max(plan.width, node.x + node.width() / 2);
    plan.height = floors_.empty() ? 0 : top_of(0) + kBoxHeight;
    return plan;
  }

 private:
  [[nodiscard]] std::size_t index_of(std::string_view name) const {
    const auto found = std::ranges::find(table_, name, &Layer::name);
    return static_cast<std::size_t>(found - table_.begin());
  }

  // The folders that box `from` may include.
  [[nodiscard]] std::vector<std::size_t> targets_of(std::size_t from) const {
    std::vector<std::size_t> targets;
    for (const std::string_view name : table_[from].below) {
      if (const std::size_t to = index_of(name); to < table_.size()) targets.push_back(to);
    }
    return targets;
  }

  [[nodiscard]] bool reaches(std::size_t from, std::size_t to) const {
    return std::ranges::any_of(targets_of(from), [&](std::size_t next) {
      return next == to || (next < from && reaches(next, to));
    });
  }

  [[nodiscard]] bool follows_from_others(std::size_t from, std::size_t to) const {
    return std::ranges::any_of(targets_of(from), [&](std::size_t next) {
      return next != to && next < from && reaches(next, to);
    });
  }

  // The lowest folder stands first in the table, so what it includes has its floor already.
  void find_floors() {
    for (std::size_t box = 0; box < table_.size(); ++box) {
      std::size_t& floor = nodes_[box].floor;
      for (const std::size_t to : targets_of(box)) {
        if (to < box) floor = std::max(floor, nodes_[to].floor + 1);
      }
      if (floors_.size() <= floor) floors_.resize(floor + 1);
      floors_[floor].push_back(box);
    }
  }

  void add_arrows() {
    for (std::size_t from = 0; from < table_.size(); ++from) {
      for (const std::size_t to : targets_of(from)) {
        if (to >= from || follows_from_others(from, to)) continue;
        std::size_t upper = from;
        for (std::size_t floor = nodes_[from].floor - 1; floor > nodes_[to].floor; --floor) {
          const std::size_t bend = nodes_.size();
          nodes_.push_back({.floor = floor, .is_box = false, .above = {}, .below = {}});
          floors_[floor].push_back(bend);
          join(upper, bend);
          upper = bend;
        }
        join(upper, to);
      }
    }
  }

  void join(std::size_t upper, std::size_t lower) {
    nodes_[upper].below.push_back(lower);
    nodes_[lower].above.push_back(upper);
  }

  [[nodiscard]] std::vector<int> positions() const {
    std::vector<int> position(nodes_.size());
    for (const Floor& floor : floors_) {
      for (std::size_t i = 0; i < floor.size(); ++i) position[floor[i]] = static_cast<int>(i);
    }
    return position;
  }

  [[nodiscard]] int crossings() const {
    const std::vector<int> at = positions();
    int count = 0;
    for (const Floor& floor : floors_) {
      std::vector<std::pair<int, int>> arrows;  // places of the upper and the lower end
      for (const std::size_t node : floor) {
        for (const std::size_t next : nodes_[node].below) arrows.emplace_back(at[node], at[next]);
      }
      for (const auto& [upper, lower] : arrows) {
        count += static_cast<int>(std::ranges::count_if(arrows, [&](const auto& other) {
          return other.first > upper && other.second < lower;
        }));
      }
    }
    return count;
  }

  // Orders each floor by the mean place of its neighbours above, then below, in turn, swaps
  // neighbours where that helps, and keeps the order with the fewest crossings.
  void order_floors() {
    std::vector<Floor> best = floors_;
    int fewest = crossings();
    for (int round = 0; round < kOrderRounds && fewest > 0; ++round) {
      for (Floor& floor : floors_) order_by_neighbours(floor, round % 2 == 0);
      swap_neighbours();
      if (const int now = crossings(); now < fewest) {
        fewest = now;
        best = floors_;
      }
    }
    floors_ = best;
  }

  void order_by_neighbours(Floor& floor, bool above) {
    const std::vector<int> at = positions();
    std::ranges::stable_sort(floor, {}, [&](std::size_t node) {
      const auto& neighbours = above ? nodes_[node].above : nodes_[node].below;
      if (neighbours.empty()) return at[node] * 1000;
      int sum = 0;
      for (const std::size_t each : neighbours) sum += at[each] * 1000;
      return sum / static_cast<int>(neighbours.size());
    });
  }

  void swap_neighbours() {
    int fewest = crossings();
    for (Floor& floor : floors_) {
      for (std::size_t i = 0; i + 1 < floor.size(); ++i) {
        std::swap(floor[i], floor[i + 1]);
        if (const int now = crossings(); now < fewest) {
          fewest = now;
        } else {
          std::swap(floor[i], floor[i + 1]);
        }
      }
    }
  }

  [[nodiscard]] int distance(std::size_t left, std::size_t right) const {
    return (nodes_[left].width() + nodes_[right].width()) / 2 + kGap;
  }

  // Draws each node towards the mean of its neighbours. Two orders that keep the distances, one
  // pushed to the right and one to the left, have a mean that keeps them, too.
  void place_nodes() {
    for (const Floor& floor : floors_) {
      for (std::size_t i = 1; i < floor.size(); ++i) {
        nodes_[floor[i]].x = nodes_[floor[i - 1]].x + distance(floor[i - 1], floor[i]);
      }
    }
    for (int round = 0; round < kPlacingRounds; ++round) {
      for (const Floor& floor : floors_) place_floor(floor);
    }
    if (nodes_.empty()) return;
    const auto left_edge = [](const Node& node) { return node.x - node.width() / 2; };
    const int left = left_edge(*std::ranges::min_element(nodes_, {}, left_edge));
    for (Node& node : nodes_) node.x -= left;
  }

  void place_floor(const Floor& floor) {
    if (floor.empty()) return;
    std::vector<int> wish;
    for (const std::size_t node : floor) wish.push_back(wish_of(nodes_[node]));
    std::vector<int> right = wish;
    for (std::size_t i = 1; i < floor.size(); ++i) {
      right[i] = std::max(wish[i], right[i - 1] + distance(floor[i - 1], floor[i]));
    }
    std::vector<int> left = wish;
    for (std::size_t i = floor.size() - 1; i > 0; --i) {
      left[i - 1] = std::min(wish[i - 1], left[i] - distance(floor[i - 1], floor[i]));
    }
    for (std::size_t i = 0; i < floor.size(); ++i) nodes_[floor[i]].x = (left[i] + right[i]) / 2;
  }

  [[nodiscard]] int wish_of(const Node& node) const {
    const auto count = static_cast<int>(node.above.size() + node.below.size());
    if (count == 0) return node.x;
    int sum = 0;
    for (const std::size_t each : node.above) sum += nodes_[each].x;
    for (const std::size_t each : node.below) sum += nodes_[each].x;
    return sum / count;
  }

  [[nodiscard]] int top_of(std::size_t floor) const {
    return static_cast<int>(floors_.size() - 1 - floor) * kFloorHeight;
  }

  // Where the arrow between `node` and its neighbour `other` meets the edge of `node`: arrows share
  // the edge evenly, from left to right as their other ends lie.
  [[nodiscard]] int meeting_x(std::size_t node, std::vector<std::size_t> neighbours,
                              std::size_t other) const {
    if (!nodes_[node].is_box) return nodes_[node].x;
    std::ranges::sort(neighbours, {}, [&](std::size_t each) { return nodes_[each].x; });
    const auto place = std::ranges::find(neighbours, other) - neighbours.begin() + 1;
    const auto count = static_cast<int>(neighbours.size());
    return nodes_[node].x - kBoxWidth / 2 + kBoxWidth * static_cast<int>(place) / (count + 1);
  }

  [[nodiscard]] Way way_down(std::size_t from, std::size_t next) const {
    const int start = meeting_x(from, nodes_[from].below, next);
    Way way = {{start, top_of(nodes_[from].floor) + kBoxHeight}};
    std::size_t last = from;
    while (!nodes_[next].is_box) {
      const int top = top_of(nodes_[next].floor);
      way.push_back({nodes_[next].x, top});
      way.push_back({nodes_[next].x, top + kBoxHeight});
      last = next;
      next = nodes_[next].below.front();
    }
    way.push_back({meeting_x(next, nodes_[next].above, last), top_of(nodes_[next].floor)});
    return way;
  }

  const std::vector<Layer>& table_;
  std::vector<Node> nodes_;  // the boxes in the order of the table, then bends
  std::vector<Floor> floors_;
};

}  // namespace

FloorPlan floor_plan(const std::vector<Layer>& table) { return Plan(table).result(); }

}  // namespace forkmap::structure
