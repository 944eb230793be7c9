// SPDX-License-Identifier: Apache-2.0
#include "core/node/remote_node.hpp"

#include <algorithm>
#include <utility>

namespace forkmap::node {

namespace {
constexpr double kNewSpeedWeight = 0.3;
}  // namespace

std::string_view to_string(NodeState state) noexcept {
  switch (state) {
    case NodeState::starting:
      return "starting";
    case NodeState::up:
      return "up";
    case NodeState::suspect:
      return "suspect";
    case NodeState::lost:
      return "lost";
    case NodeState::left_out:
      return "left out";
    case NodeState::gone:
      return "gone";
  }
  return "unknown";
}

void RemoteNode::note_time(std::uint64_t map, std::chrono::nanoseconds time,
                           std::uint64_t rows) noexcept {
  const auto found = maps.find(map);
  if (found == maps.end()) return;  // it was closed
  OpenedMap& opened = found->second;
  const double per_row = std::max(1.0, static_cast<double>(time.count())) /
                         static_cast<double>(rows) / std::max(1U, workers);
  const double weight = std::exchange(opened.is_measured, true) ? kNewSpeedWeight : 1.0;
  opened.row_ns += weight * (per_row - opened.row_ns);
}

}  // namespace forkmap::node
