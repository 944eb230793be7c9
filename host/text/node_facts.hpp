// SPDX-License-Identifier: Apache-2.0
//
// What is told of the other machines of a run, while it goes on and afterwards.
#pragma once

#include <chrono>
#include <cstdint>
#include <forkmap/options.hpp>
#include <optional>
#include <string>
#include <vector>

namespace forkmap::host {

struct NodeFacts {
  std::uint32_t number = 0;  // from 1
  std::string name = {};
  std::string state = {};        // "up", "suspect", "lost", ...
  std::string why_ended = {};    // of one that was lost, or left out
  std::uint64_t workers = 0;     // that it was to have
  std::uint64_t workers_up = 0;  // as it has told last
  std::uint64_t items = 0;       // outcomes that it has sent
  std::optional<double> items_per_s = {};
  std::uint64_t blocks = 0;         // that it was sent
  std::uint64_t items_out = 0;      // with it, without an outcome
  std::uint64_t moved_items = 0;    // that it had, without an outcome, when it was lost
  std::uint64_t late_messages = 0;  // that came when it was lost already
  std::uint64_t sent_bytes = 0;     // to it
  std::uint64_t received_bytes = 0;
  std::optional<std::chrono::nanoseconds> last_beat = {};  // so long ago
  std::optional<double> load = {};
  std::optional<std::chrono::steady_clock::time_point> lost_at = {};
};

struct AllNodesFacts {
  std::vector<NodeFacts> nodes = {};
  std::vector<WorkerInfo> workers = {};  // of nodes that have told of them
  std::uint64_t copied_blocks = 0;       // that went to a second node, since the first was late
};

}  // namespace forkmap::host
