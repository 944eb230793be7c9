// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/node/remote_node.hpp"

namespace forkmap::node {

// What may be shown of a node. What is its own measure is as its last beat has told.
struct NodeInfo {
  std::uint32_t number = 0;  // from 1
  std::string name = {};
  NodeState state = NodeState::starting;
  std::string why_ended = {};  // lost, left out
  std::uint32_t workers = 0;
  std::uint32_t workers_up = 0;
  std::uint64_t items = 0;                                 // outcomes that it has sent
  double items_per_second = 0;                             // smoothed
  std::uint64_t rows_out = 0;                              // with it, without an outcome
  std::uint64_t queued_rows = 0;                           // of these, what no worker has
  std::uint64_t late_messages = 0;                         // of an epoch that is over
  std::optional<std::chrono::nanoseconds> last_beat = {};  // so long ago; none: none was heard
  double load = 0;
  std::uint64_t free_memory_bytes = 0;
  std::optional<std::chrono::nanoseconds> round_trip = {};  // of a ping, the fastest
};

}  // namespace forkmap::node
