// SPDX-License-Identifier: Apache-2.0
#include "core/node/remote_node.hpp"

#include <algorithm>
#include <utility>

#include "core/map/map.hpp"

namespace forkmap::node {

namespace {
constexpr double kNewSpeedWeight = 0.3;
constexpr std::chrono::milliseconds kRateInterval{500};
constexpr std::size_t kMostKnownWorkers = std::size_t{4} * kMostWorkers;
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

std::uint64_t RemoteNode::items_open(const plugin::FunctionEntry& function) const noexcept {
  std::uint64_t open = 0;
  for (const auto& [number, opened] : maps) {
    const auto map = opened.map.lock();
    if (map && &map->function() == &function) open += map->in_flight();
  }
  return open;
}

void RemoteNode::keep_in_order(pid_t pid, TimePoint& begun, TimePoint& ended) {
  if (last_ends_.size() > kMostKnownWorkers) last_ends_.clear();  // no pool has so many
  TimePoint& last = last_ends_[pid];
  begun = std::max(begun, last);
  ended = std::max(ended, begun);
  last = ended;
}

void RemoteNode::note_beat(Beat&& told, TimePoint now) {
  const TimePoint there{std::chrono::nanoseconds(told.time_ns)};
  if (told.echo == 0) {
    clock.note_message(now, there);
  } else {
    clock.note_answer(now, there, TimePoint(std::chrono::nanoseconds(told.echo)),
                      std::chrono::nanoseconds(told.echo_held_ns));
  }
  if (told.workers) {
    table = std::move(*told.workers);
    told.workers.reset();
    for (WorkerInfo& worker : table) worker.node = number_;
  }
  beat = std::move(told);
  last_beat = now;
  const std::chrono::duration<double> passed = now - rated_at_;
  if (passed < kRateInterval) return;
  if (rated_at_ != TimePoint()) {
    const double rate = static_cast<double>(items - rated_items_) / passed.count();
    items_per_second += (items_per_second == 0 ? 1 : kNewSpeedWeight) * (rate - items_per_second);
  }
  rated_at_ = now;
  rated_items_ = items;
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
