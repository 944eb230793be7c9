// SPDX-License-Identifier: Apache-2.0
//
// How the site is, what comes from its nodes, and what time and the end bring. What goes out is in
// remote_feed.cpp.
#include "core/node/remote_site.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/check.hpp"
#include "core/base/system_error.hpp"
#include "core/node/loss_policy.hpp"
#include "core/node/offers.hpp"

namespace forkmap::node {

namespace {

using namespace std::chrono_literals;

// How often silence and late blocks are looked for.
constexpr auto kLookInterval = 100ms;
// A host that was away for so long has not listened: that is no silence of its nodes.
constexpr auto kLongAway = 1s;
// Between results and their reader the sockets are asked at each so many steps only.
constexpr std::uint64_t kGlances = 8;
// A block is late after so many times the time that was expected.
constexpr int kLateFactor = 4;

}  // namespace

RemoteSite::RemoteSite(const plugin::RegistryTable& table, pool::Ledger& ledger,
                       const pool::Events& events, std::vector<NodeEntry> nodes, RemoteRules rules)
    : table_(table),
      ledger_(ledger),
      rules_(std::move(rules)),
      bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      rows_(ledger, events, nodes.size()) {
  FORKMAP_CHECK(!nodes.empty());
  if (!bell_) base::throw_system_error("create an event counter (eventfd)", errno);
  base::watch(epoll_.get(), bell_.get());
  for (NodeEntry& node : nodes) {
    nodes_.push_back(std::make_unique<RemoteNode>(static_cast<std::uint32_t>(nodes_.size() + 1),
                                                  std::move(node.name), std::move(node.socket),
                                                  epoll_.get()));
  }
}

// --- how it is

pool::Site::State RemoteSite::state() const {
  if (state_ == State::gone || state_ == State::leaving) return state_;
  const bool serves = std::ranges::any_of(nodes_, [](const auto& node) { return node->serves(); });
  return serves ? State::serving : State::coming_up;
}

bool RemoteSite::is_idle() const { return state() == State::serving && !rows_.holds_rows(); }

std::optional<pool::StallKind> RemoteSite::stall() const {
  if (rows_.holds_rows()) return std::nullopt;
  if (state() != State::serving) return pool::StallKind::no_worker;
  return ledger_.may_feed_more() ? pool::StallKind::input : pool::StallKind::results;
}

std::string RemoteSite::name_of(std::uint32_t number) const {
  return number == 0 || number > nodes_.size() ? "node " + std::to_string(number)
                                               : nodes_[number - 1]->name();
}

std::uint32_t RemoteSite::nodes_up() const noexcept {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(nodes_, [](const auto& node) { return node->is_up(); }));
}

void RemoteSite::set_width() {
  int width = 0;
  if (state_ != State::gone && !has_failed()) {
    for (const auto& node : nodes_) width += node->serves() ? static_cast<int>(node->workers) : 0;
  }
  ledger_.change_width(width - std::exchange(width_, width));
}

void RemoteSite::begin(Clock::time_point now) {
  for (const auto& node : nodes_) node->last_heard = now;
  last_look_ = now;
  next_ping_ = now;
}

bool RemoteSite::step(pool::Look look, pool::StepTime time) {
  if (state_ == State::gone || has_failed()) return false;
  bool did = false;
  if (look != pool::Look::glance || ++steps_ % kGlances == 0) {
    const auto now = time.get();
    did = receive(now);
    if (now - last_look_ >= kLookInterval) look_at_silence(now);
  }
  if (state_ == State::leaving) ask_to_leave();
  if (state_ == State::coming_up && !paused_at_ && !has_failed()) did = feed(time.get()) || did;
  flush();
  return did;
}

std::optional<RemoteSite::Clock::time_point> RemoteSite::next_deadline(
    Clock::time_point /*now*/) const {
  if (state_ == State::gone || has_failed()) return std::nullopt;
  return last_look_ + kLookInterval;
}

void RemoteSite::ring() const noexcept {
  const std::uint64_t one = 1;
  // A counter that is full is readable, which is all that is wanted.
  [[maybe_unused]] const ssize_t written = ::write(bell_.get(), &one, sizeof(one));
}

void RemoteSite::drain() const noexcept {
  std::uint64_t count = 0;
  // Nothing was rung: then there is nothing to be read.
  [[maybe_unused]] const ssize_t got = ::read(bell_.get(), &count, sizeof(count));
}

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
      break;
    }
    case FrameType::beat: {
      Beat beat;
      fault = from_message(message, beat);
      break;
    }
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
  const std::vector<std::string> other = differences(hello, table_);
  if (!other.empty()) {
    std::string why = "it would run other code: " + other.front();
    for (std::size_t place = 1; place < other.size(); ++place) why += "; " + other[place];
    return leave_out(node, why);
  }
  node.state = NodeState::up;
  node.workers = hello.workers;
  node.send(to_message(Welcome{rules_.beat_period,
                               std::chrono::ceil<std::chrono::milliseconds>(rules_.node_timeout)}));
  if (paused_at_) node.send(to_message(FrameType::pause));
  set_width();
}

Fault RemoteSite::take_parts(RemoteNode& node, const Message& message, Clock::time_point now) {
  Parts parts;
  Fault fault = from_message(message, parts);
  for (const BlockPart& part : parts.parts) {
    if (!fault.empty()) break;
    fault = rows_.settle(place_of(node), part, now);
    if (!fault.empty()) break;
    node.items += part.status.size();
    node.note_time(part.time, part.status.size());
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
    if (pings && node->serves()) {
      node->send(to_message(Ping{static_cast<std::uint64_t>(now.time_since_epoch().count())}));
    }
  }
  if (paused_at_ || state_ != State::coming_up) return;
  copy_late_blocks(now);
  close_settled_maps();
}

// N2
void RemoteSite::copy_late_blocks(Clock::time_point now) {
  for (const auto& block : rows_.front_blocks()) {
    if (block->was_copied || ledger_.runs_once(*block->rows.map)) continue;
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
    open(*best, *block->rows.map);
    send_sending(*best, rows_.copy(block, place_of(*best)));
  }
}

void RemoteSite::close_settled_maps() {
  for (const auto& node : nodes_) {
    if (!node->serves()) continue;
    std::erase_if(node->maps, [&](const auto& entry) {
      const auto map = entry.second.lock();
      if (map && !map->settled() && map->kept_open) return false;
      node->send(to_message(CloseMap{entry.first}));
      return true;
    });
  }
}

// --- changes and ends

void RemoteSite::recall(pool::Map& map, Clock::time_point now) {
  const auto grace = map.stop_at ? std::max<std::chrono::nanoseconds>(*map.stop_at - now, 0ns)
                                 : std::chrono::nanoseconds(0);
  if (map.cancelled) rows_.drop(map);
  rows_.settle_unwanted();
  for (const auto& node : nodes_) {
    if (!node->serves() || !node->maps.contains(map.number)) continue;
    node->send(to_message(CancelMap{map.number, grace}));
  }
  flush();
}

// Rows come back when their node has answered: the ledger has them then.
bool RemoteSite::give_back() {
  if (state_ == State::gone || has_failed()) return false;
  const bool any = state() != State::serving && rows_.give_back_suspects();
  for (const auto& node : nodes_) {
    if (!node->serves()) continue;
    for (const std::uint64_t number : rows_.mark_recalled(place_of(*node))) {
      node->send(to_message(RecallBlock{number}));
    }
  }
  flush();
  return any;
}

std::optional<RemoteSite::Clock::duration> RemoteSite::pause(bool on, Clock::time_point now) {
  if (on == paused_at_.has_value()) return std::nullopt;
  const Clock::duration away = on ? Clock::duration{} : now - *paused_at_;
  paused_at_ = on ? std::optional(now) : std::nullopt;
  for (const auto& node : nodes_) {
    if (node->serves()) node->send(to_message(on ? FrameType::pause : FrameType::resume));
    if (!on) node->last_heard = now;
  }
  flush();
  return away;
}

void RemoteSite::leave() {
  if (state_ != State::gone) state_ = State::leaving;
  ask_to_leave();
  flush();
}

void RemoteSite::ask_to_leave() {
  for (const auto& node : nodes_) {
    if (!node->may_come() || node->was_asked_to_leave) continue;
    if (rows_.blocks_out(place_of(*node)) > 0) continue;
    node->was_asked_to_leave = true;
    node->send(to_message(FrameType::shutdown));
  }
  if (std::ranges::none_of(nodes_, [](const auto& node) { return node->may_come(); })) {
    state_ = State::gone;
    set_width();
  }
}

void RemoteSite::end() {
  state_ = State::gone;
  for (const auto& node : nodes_) {
    node->connection().close("the pool has ended");
    if (node->may_come()) node->state = NodeState::gone;
  }
  set_width();
  rows_.give_back_all([this](std::uint32_t number) { return name_of(number); });
}

// N1: nothing is sent to it any more, and it sees the end of its stream.
void RemoteSite::note_end_of(RemoteNode& node, NodeState state, const std::string& why) {
  node.state = state;
  node.why_ended = why;
  node.is_alone = false;
  node.connection().close_sending();
  set_width();
  rows_.lose(place_of(node), [this](std::uint32_t number) { return name_of(number); });
  if (!why.empty() && rules_.notice) {
    rules_.notice("node " + node.name() + " " +
                  (state == NodeState::lost ? "was lost: " : "was left out: ") + why);
  }
  if (state_ == State::leaving) return;
  if (std::ranges::any_of(nodes_, [](const auto& other) { return other->may_come(); })) return;
  std::string text = "no node is left";
  for (const auto& other : nodes_) text += "; " + other->name() + ": " + other->why_ended;
  fail(text);
  set_width();
}

void RemoteSite::lose(RemoteNode& node, const std::string& why) {
  ++node.epoch;
  note_end_of(node, NodeState::lost, why);
}

void RemoteSite::leave_out(RemoteNode& node, const std::string& why) {
  node.send(to_message(Refused{why}));
  node.connection().flush();
  note_end_of(node, NodeState::left_out, why);
}

}  // namespace forkmap::node
