// SPDX-License-Identifier: Apache-2.0
//
// How the site is, its changes and its ends. What comes from its nodes is in remote_news.cpp, what
// goes to them in remote_feed.cpp.
#include "core/node/remote_site.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/check.hpp"
#include "core/base/system_error.hpp"

namespace forkmap::node {

namespace {

using namespace std::chrono_literals;

// How often silence and late blocks are looked for.
constexpr auto kLookInterval = 100ms;
// Between results and their reader the sockets are asked at each so many steps only.
constexpr std::uint64_t kGlances = 8;

}  // namespace

RemoteSite::RemoteSite(const plugin::RegistryTable& table, const PoolOptions& options,
                       pool::Ledger& ledger, const pool::Events& events,
                       std::vector<NodeEntry> nodes, RemoteRules rules)
    : table_(table),
      options_(options),
      ledger_(ledger),
      rules_(std::move(rules)),
      bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      rows_(ledger, nodes.size()),
      telling_(rules_, table, events, rows_) {
  FORKMAP_CHECK(!nodes.empty());
  if (!bell_) base::throw_system_error("create an event counter (eventfd)", errno);
  base::watch(epoll_.get(), bell_.get());
  for (NodeEntry& node : nodes) {
    nodes_.push_back(std::make_unique<RemoteNode>(static_cast<std::uint32_t>(nodes_.size() + 1),
                                                  std::move(node.name), std::move(node.socket),
                                                  epoll_.get()));
    early_hellos_.push_back(std::move(node.hello));
  }
}

// --- how it is

pool::Site::State RemoteSite::state() const {
  if (state_ == State::gone || state_ == State::leaving) return state_;
  const bool serves = std::ranges::any_of(nodes_, [](const auto& node) { return node->serves(); });
  return serves ? State::serving : State::coming_up;
}

bool RemoteSite::is_idle() const { return state() == State::serving && !rows_.holds_rows(); }

// One of its nodes has nothing.
bool RemoteSite::wants_work() const {
  return state() == State::serving && std::ranges::any_of(nodes_, [this](const auto& node) {
           return may_take(*node) && rows_.blocks_out(place_of(*node)) == 0;
         });
}

std::optional<pool::StallKind> RemoteSite::stall() const {
  if (rows_.holds_rows()) return std::nullopt;
  if (state() != State::serving) return pool::StallKind::no_worker;
  return ledger_.may_feed_more() ? pool::StallKind::input : pool::StallKind::results;
}

std::string RemoteSite::unserved() const {
  if (unserved_ == nullptr) return {};
  return "no other machine runs this map of " + unserved_->full_name +
         ": its items are columns, and only text goes there";
}

std::string RemoteSite::name_of(std::uint32_t number) const {
  return number == 0 || number > nodes_.size() ? "node " + std::to_string(number)
                                               : nodes_[number - 1]->name();
}

std::uint32_t RemoteSite::nodes_up() const noexcept {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(nodes_, [](const auto& node) { return node->is_up(); }));
}

std::vector<WorkerInfo> RemoteSite::workers() const {
  std::vector<WorkerInfo> workers;
  for (const auto& node : nodes_) {
    if (node->serves()) workers.insert(workers.end(), node->table.begin(), node->table.end());
  }
  return workers;
}

std::vector<NodeInfo> RemoteSite::nodes(Clock::time_point now) const {
  std::vector<NodeInfo> infos;
  for (const auto& node : nodes_) {
    NodeInfo info{.number = node->number(),
                  .name = node->name(),
                  .state = node->state,
                  .why_ended = node->why_ended,
                  .workers = node->workers,
                  .items = node->items,
                  .rows_out = rows_.rows_out(place_of(*node)),
                  .late_messages = node->late_messages,
                  .round_trip = node->clock.round_trip()};
    if (node->last_beat != Clock::time_point()) {
      info.workers_up = node->beat.workers_up;
      info.items_per_second = node->serves() ? node->items_per_second : 0;
      info.queued_rows = node->beat.queued_rows;
      info.last_beat = now - node->last_beat;
      info.load = node->beat.load;
      info.free_memory_bytes = node->beat.free_memory_bytes;
    }
    infos.push_back(std::move(info));
  }
  return infos;
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
  for (std::size_t place = 0; place < nodes_.size(); ++place) {
    if (early_hellos_[place]) welcome(*nodes_[place], *early_hellos_[place]);
  }
  early_hellos_.assign(nodes_.size(), std::nullopt);
}

bool RemoteSite::step(pool::Look look, pool::StepTime time) {
  unserved_ = nullptr;
  if (state_ == State::gone || has_failed()) return false;
  bool did = false;
  rows_came_back_ = false;
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
  node.ended_at = Clock::now();
  node.is_alone = false;
  node.connection().close_sending();
  set_width();
  const std::uint64_t moved_before = rows_.counts().moved_rows;
  rows_.lose(place_of(node), [this](std::uint32_t number) { return name_of(number); });
  node.moved_rows = rows_.counts().moved_rows - moved_before;
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
