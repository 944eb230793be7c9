// SPDX-License-Identifier: Apache-2.0
#include "host/nodes/told_nodes.hpp"

#include <utility>

namespace forkmap::host {

AllNodesFacts facts_of(const node::RemoteSite& site, std::chrono::steady_clock::time_point now) {
  AllNodesFacts all;
  all.copied_blocks = site.rows().counts().copied_blocks;
  for (std::size_t place = 0; place < site.size(); ++place) {
    const node::RemoteNode& node = site.node(place);
    NodeFacts facts;
    facts.number = node.number();
    facts.name = node.name();
    facts.state = to_string(node.state);
    facts.why_ended = node.why_ended;
    facts.workers = node.workers;
    facts.workers_up = node.serves() ? node.beat.workers_up : 0;
    facts.items = node.items;
    facts.blocks = node.blocks;
    facts.items_out = site.rows().rows_out(place);
    facts.moved_items = node.moved_rows;
    facts.late_messages = node.late_messages;
    facts.sent_bytes = node.connection().sent_bytes();
    facts.received_bytes = node.connection().received_bytes();
    if (node.serves()) facts.last_beat = now - node.last_heard;
    if (node.state == node::NodeState::lost) facts.lost_at = node.ended_at;
    all.nodes.push_back(std::move(facts));
  }
  return all;
}

}  // namespace forkmap::host
