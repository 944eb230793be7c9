// SPDX-License-Identifier: Apache-2.0
//
// Lanes of workers that are gone, of which batches still hold windows. A lane takes a large stretch
// of addresses, so there must not be many of them, however slow the reader is: where there are, no
// further batch holds a window.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "core/lane/host_lane.hpp"

namespace forkmap::pool {

class SpentLanes {
 public:
  // To be called when the lane is given up, by the last of its owners but the batches.
  void add(const std::shared_ptr<lane::HostLane>& lane) {
    if (lane.use_count() > 1) lanes_.push_back(lane);
  }

  // Those that are still held.
  [[nodiscard]] std::size_t count() {
    std::erase_if(lanes_, [](const auto& lane) { return lane.expired(); });
    return lanes_.size();
  }

 private:
  std::vector<std::weak_ptr<lane::HostLane>> lanes_;
};

}  // namespace forkmap::pool
