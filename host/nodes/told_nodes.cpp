// SPDX-License-Identifier: Apache-2.0
#include "host/nodes/told_nodes.hpp"

#include <utility>

namespace forkmap::host {

AllNodesFacts facts_of(const node::RemoteSite& site, std::chrono::steady_clock::time_point now) {
  AllNodesFacts all;
  all.workers = site.workers();
  all.copied_blocks = site.rows().counts().copied_blocks;
  for (node::NodeInfo& info : site.nodes(now)) {
    const node::RemoteNode& node = site.node(info.number - 1);
    NodeFacts facts;
    facts.number = info.number;
    facts.name = std::move(info.name);
    facts.state = to_string(info.state);
    facts.why_ended = std::move(info.why_ended);
    facts.workers = info.workers;
    facts.items = info.items;
    facts.blocks = node.blocks;
    facts.items_out = info.rows_out;
    facts.moved_items = node.moved_rows;
    facts.late_messages = info.late_messages;
    facts.sent_bytes = node.connection().sent_bytes();
    facts.received_bytes = node.connection().received_bytes();
    if (node.serves()) {
      facts.workers_up = info.workers_up;
      facts.last_beat = info.last_beat;
      // Before its first beat nothing of this is known.
      if (info.last_beat) {
        facts.items_per_s = info.items_per_second;
        facts.load = info.load;
      }
    }
    if (info.state == node::NodeState::lost) facts.lost_at = node.ended_at;
    all.nodes.push_back(std::move(facts));
  }
  return all;
}

}  // namespace forkmap::host
