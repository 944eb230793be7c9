// SPDX-License-Identifier: Apache-2.0
//
// What comes from the nodes, and what their silence means.
#include <poll.h>

#include <algorithm>
#include <utility>

#include "core/node/loss_policy.hpp"
#include "core/node/offers.hpp"
#include "core/node/remote_site.hpp"

namespace forkmap::node {

namespace {

using namespace std::chrono_literals;

// A host that was away for so long has not listened: that is no silence of its nodes.
constexpr auto kLongAway = 1s;
// A block is late after so many times the time that was expected.
constexpr int kLateFactor = 4;

}  // namespace

// --- what comes

bool RemoteSite::receive(Clock::time_point now) {
  pollfd any{epoll_.get(), POLLIN, 0};
  if (::poll(&any, 1, 0) == 0) return false;
  bool did = false;
  for (const auto& node : nodes_) {
    Connection& connection = node->connection();
    if (connection.is_over()) continue;
    did = connection.receive() || did;
    while (auto message = connection.next()) take(*node, std::move(*message), now);
    if (!node->may_come()) continue;
    if (!connection.fault().empty()) {
      lose(*node, "it has sent " + connection.fault());
    } else if (connection.is_over()) {
      if (node->was_asked_to_leave) {
        note_end_of(*node, NodeState::gone, {});
      } else {
        lose(*node, connection.why_over());
      }
      did = true;
    }
  }
  return did;
}

void RemoteSite::take(RemoteNode& node, Message&& message, Clock::time_point now) {
  if (!node.may_come() || state_ == State::gone) {  // N1
    ++node.late_messages;
    return;
  }
  if (message.type != FrameType::hello && message.epoch != node.epoch) {
    ++node.late_messages;
    return;
  }
  node.last_heard = now;
  if (node.state == NodeState::suspect) node.state = NodeState::up;
  Fault fault;
  switch (message.type) {
    case FrameType::hello: {
      Hello hello;
      fault = from_message(message, hello);
      if (!fault.empty()) break;
      if (node.state != NodeState::starting) {
        fault = "a second hello";
        break;
      }
      return welcome(node, hello);
    }
    case FrameType::parts:
      fault = take_parts(node, message, now);
      break;
    case FrameType::returned: {
      ReturnedRows returned;
      fault = from_message(message, returned);
      if (fault.empty()) fault = rows_.take_back(place_of(node), returned);
      rows_came_back_ = true;
      break;
    }
    case FrameType::beat: {
      Beat beat;
      fault = from_message(message, beat);
      if (fault.empty()) node.note_beat(std::move(beat), now);
      break;
    }
    case FrameType::printed:
      fault = telling_.take_printed(node, message);
      break;
    case FrameType::crash:
      fault = telling_.take_crash(node, message);
      break;
    case FrameType::events:
      fault = telling_.take_events(node, message, now);
      break;
    case FrameType::bye: {
      Bye bye;
      fault = from_message(message, bye);
      if (!fault.empty()) break;
      if (node.was_asked_to_leave) return note_end_of(node, NodeState::gone, {});
      return lose(node, bye.why.empty() ? "it has left" : bye.why);
    }
    default:
      fault = "a message that only coordinators send";
  }
  if (!fault.empty()) return lose(node, "it has sent " + fault);
  note_answers(node);
}

void RemoteSite::welcome(RemoteNode& node, const Hello& hello) {
  const std::vector<std::string> other = differences(hello, table_, options_);
  if (!other.empty()) {
    std::string why = "it would not run the same: " + other.front();
    for (std::size_t place = 1; place < other.size(); ++place) why += "; " + other[place];
    return leave_out(node, why);
  }
  node.state = NodeState::up;
  node.workers = hello.workers;
  // Before the welcome, so that the first beat, which answers that, answers the ping as well.
  send_ping(node, node.last_heard);
  node.send(to_message(Welcome{rules_.beat_period,
                               std::chrono::ceil<std::chrono::milliseconds>(rules_.node_timeout),
                               telling_.wants_events()}));
  if (paused_at_) node.send(to_message(FrameType::pause));
  set_width();
}

Fault RemoteSite::take_parts(RemoteNode& node, const Message& message, Clock::time_point now) {
  Parts parts;
  Fault fault = from_message(message, parts);
  for (const BlockPart& part : parts.parts) {
    if (!fault.empty()) break;
    if (const pool::Map* const map = rows_.map_of(place_of(node), part.block)) {
      node.note_time(map->number, part.time, part.status.size());
    }
    fault = rows_.settle(place_of(node), part, now);
    if (fault.empty()) node.items += part.status.size();
  }
  return fault;
}

// What follows when rows are not out any more.
void RemoteSite::note_answers(RemoteNode& node) {
  if (rows_.blocks_out(place_of(node)) == 0) node.is_alone = false;
  for (const auto& other : nodes_) {
    if (!other->serves()) continue;
    for (const std::uint64_t number : rows_.take_needless(place_of(*other))) {
      other->send(to_message(RecallBlock{number}));
    }
  }
}

// --- what time brings

void RemoteSite::send_ping(RemoteNode& node, Clock::time_point now) {
  node.send(to_message(Ping{static_cast<std::uint64_t>(now.time_since_epoch().count())}));
}

void RemoteSite::look_at_silence(Clock::time_point now) {
  const auto away = now - std::exchange(last_look_, now);
  const bool pings = now >= next_ping_;
  if (pings) next_ping_ = now + rules_.beat_period;
  for (const auto& node : nodes_) {
    if (!node->may_come()) continue;
    if (paused_at_ || away > kLongAway) node->last_heard += away;
    const auto silent = now - node->last_heard;
    if (silent > rules_.node_timeout) {
      lose(*node, "nothing was heard of it for " +
                      std::to_string(
                          std::chrono::duration_cast<std::chrono::milliseconds>(silent).count()) +
                      " ms");
      continue;
    }
    if (node->is_up() && silent > rules_.suspect_after) node->state = NodeState::suspect;
    if (pings && node->serves()) send_ping(*node, now);
  }
  if (paused_at_ || state_ != State::coming_up) return;
  copy_late_blocks(now);
  close_settled_maps();
}

// N2
void RemoteSite::copy_late_blocks(Clock::time_point now) {
  for (const auto& block : rows_.front_blocks()) {
    const pool::Map& map = *block->rows.map;
    if (block->was_copied || map.cancelling || ledger_.runs_once(map)) continue;
    if (block->rows.lost.count >= kLossesToHalve) continue;  // it may take the next node down, too
    const std::vector<std::size_t> holders = rows_.holders(*block);
    if (holders.size() != 1) continue;
    const auto age = now - block->sent_at;
    const bool is_late =
        age > rules_.late_after && block->expected && age > kLateFactor * *block->expected;
    if (!is_late && nodes_[holders.front()]->state != NodeState::suspect) continue;
    RemoteNode* best = nullptr;
    for (const auto& node : nodes_) {
      const std::size_t place = place_of(*node);
      if (place == holders.front() || !may_take(*node)) continue;
      if (best == nullptr || rows_.rows_out(place) < rows_.rows_out(place_of(*best))) {
        best = node.get();
      }
    }
    if (best == nullptr) continue;
    (void)open(*best, *block->rows.map);
    send_sending(*best, rows_.copy(block, place_of(*best)));
  }
}

void RemoteSite::close_settled_maps() {
  for (const auto& node : nodes_) {
    if (!node->serves()) continue;
    std::erase_if(node->maps, [&](const auto& entry) {
      const auto map = entry.second.map.lock();
      if (map && !map->settled() && map->kept_open) return false;
      node->send(to_message(CloseMap{entry.first}));
      return true;
    });
  }
}

}  // namespace forkmap::node
