// SPDX-License-Identifier: Apache-2.0
//
// What an agent tells of its workers and of itself, beside outcomes.
#include <algorithm>
#include <utility>

#include "core/map/map.hpp"
#include "core/node/agent.hpp"
#include "core/node/machine_load.hpp"

namespace forkmap::node {

namespace {

using namespace std::chrono_literals;

constexpr auto kTableInterval = 1s;

}  // namespace

PoolOptions Agent::taken_over(PoolOptions options) {
  options.crashed = [this](const CrashReport& report) { crashes_.push_back(report); };
  return output_.taken_over(std::move(options));
}

// Before the outcomes of the same step are read (A3). A coordinator that has not answered yet takes
// nothing.
void Agent::tell(Clock::time_point now) {
  if (!welcome_) return;
  const auto use = [this](Message&& message) { send(std::move(message)); };
  output_.send(connection_, use);
  for (CrashReport& report : std::exchange(crashes_, {})) send_crash(std::move(report));
  if (const auto due = events_.due(); due && *due <= now) events_.send(now, use);
}

void Agent::send_crash(CrashReport&& report) {
  const auto opened = std::ranges::find_if(
      maps_, [&](const auto& entry) { return entry.second.map->number == report.map; });
  if (opened == maps_.end()) return;
  const RowRun rows = opened->second.queue->rows_at(report.position, 1);
  Message message = to_message(Crash{rows.block, rows.row, report});
  if (message.payload.size() > kMostCrashBytes) {
    report.frames = {"there were too many frames, or too long ones, to be sent"};
    message = to_message(Crash{rows.block, rows.row, std::move(report)});
  }
  send(std::move(message));
}

void Agent::send_beat(Clock::time_point now) {
  if (!welcome_ || now < next_beat_) return;
  next_beat_ = now + welcome_->beat_period;
  const auto count_of = [](std::chrono::nanoseconds time) {
    return static_cast<std::uint64_t>(time.count());
  };
  const MachineLoad machine = machine_load();
  Beat beat{.items_done = items_done_,
            .load = machine.load,
            .free_memory_bytes = machine.free_memory_bytes};
  std::vector<WorkerInfo> workers = engine_.workers();
  for (const WorkerInfo& worker : workers) {
    if (worker.state == WorkerState::idle || worker.state == WorkerState::running) {
      ++beat.workers_up;
    }
  }
  if (now >= next_table_) {
    next_table_ = now + kTableInterval;
    if (workers.size() > kMostBeatWorkers) workers.resize(kMostBeatWorkers);
    beat.workers = std::move(workers);
  }
  for (const auto& [number, opened] : maps_) beat.queued_rows += opened.queue->rows();
  const auto sent_at = Clock::now();
  beat.time_ns = count_of(sent_at.time_since_epoch());
  if (ping_) {
    beat.echo = ping_->time_ns;
    beat.echo_held_ns = count_of(sent_at - ping_->at);
  }
  send(to_message(beat));
}

}  // namespace forkmap::node
