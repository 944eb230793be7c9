// SPDX-License-Identifier: Apache-2.0
//
// What happens in the pool of an agent, as it is told to the coordinator.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/node/frame.hpp"
#include "core/site/pool_events.hpp"

namespace forkmap::node {

struct ShortageNoted {
  pool::EventTime at;
};
struct PoolResized {
  int workers = 0;
  pool::EventTime at;
};

// An event of pool_events.hpp that has its texts with it: what it points to itself is empty.
struct NodeEvent {
  using What = std::variant<pool::WorkerReady, pool::TaskRan, pool::ItemLost, pool::WorkerGone,
                            pool::CrewStarted, pool::ZygoteGone, ShortageNoted, PoolResized>;
  What what;
  std::string text = {};  // function (full name), how, failure, or why
};

// Times are of the agent's clock. None of them is later than `sent_at`.
struct NodeEvents {
  pool::EventTime sent_at{};
  std::uint64_t missing = 0;  // events before them that nobody has
  std::vector<NodeEvent> events = {};
};
inline constexpr std::uint64_t kMostEventBytes = std::uint64_t{1} << 20U;

[[nodiscard]] Message to_message(const NodeEvents& events);
// Why it cannot be; empty: it was understood.
[[nodiscard]] std::string from_message(const Message& message, NodeEvents& to);

}  // namespace forkmap::node
