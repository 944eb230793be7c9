// SPDX-License-Identifier: Apache-2.0
#include "tests/crash/small_run.hpp"

#include <algorithm>

#include "tests/catch.hpp"

namespace forkmap::tests {

namespace {

// A result window: a status byte for each of at most 1024 items, then their values.
constexpr std::uint32_t kMostItems = 1024;
constexpr auto kValueStatus = std::byte{1};

std::uint64_t* values_in(std::byte* window) {
  return reinterpret_cast<std::uint64_t*>(window + kMostItems);
}

void run_task(const lane::LaneView& view, const lane::WorkerLane::Claim& claim,
              std::uint32_t turns_per_item) {
  std::byte* const window = view.result_window(claim.task->window);
  const std::uint32_t count = claim.task->count;
  for (std::uint32_t item = 0; item < count; ++item) {
    for (std::uint32_t turn = 0; turn < turns_per_item; ++turn) {
      std::atomic_signal_fence(std::memory_order_seq_cst);
    }
    values_in(window)[item] = value_of(claim.task->first_index + item);
    window[item] = kValueStatus;
    view.worker_words().progress.store(lane::progress_word(claim.turn, item + 1),
                                       std::memory_order_release);
  }
  lane::ResultCell& cell = view.result_cell(claim.cell);
  cell.completed = count;
  cell.flags = 0;
  cell.run_time_ns = 0;
  cell.bytes_used = 0;
  cell.text_bytes = 0;
}

}  // namespace

void work_off(lane::WorkerLane& worker, std::uint32_t turns_per_item) {
  while (const auto claim = worker.try_claim()) {
    run_task(worker.view(), *claim, turns_per_item);
    if (!worker.publish(*claim)) return;
  }
}

int work_until_retired(lane::WorkerLane worker, std::uint32_t turns_per_item) {
  for (;;) {
    work_off(worker, turns_per_item);
    if (worker.fault() != lane::LaneFault::none) return 1;
    if (worker.retire_asked()) return 0;
    if (!worker.wait(std::chrono::microseconds{5})) return 2;
  }
}

Account::Account(std::uint64_t items, std::uint32_t chunk) : values_seen_(items) {
  REQUIRE(chunk <= kMostItems);
  for (std::uint64_t first = 0; first < items; first += chunk) {
    pending_.push_back(
        {first, static_cast<std::uint32_t>(std::min<std::uint64_t>(chunk, items - first))});
  }
}

void Account::feed(lane::HostLane& host) {
  while (!pending_.empty() && !host.full()) {
    const std::uint32_t window = host.take_window();
    if (window == lane::kNoWindow) return;  // held by cells taken back; comes with their room
    const Range range = pending_.front();
    pending_.pop_front();
    // What the last task left there must not count.
    std::fill_n(host.view().result_window(window), range.count, std::byte{0});
    lane::InputCell& cell = host.next_cell();
    cell.count = range.count;
    cell.window = window;
    cell.first_index = range.first;
    in_cells_[next_tag_] = {range, window};
    host.push(next_tag_++);
  }
  host.wake_worker();
}

bool Account::collect(lane::HostLane& host) {
  lane::Completion completion;
  for (;;) {
    switch (host.look(completion)) {
      case lane::HostLane::State::nothing:
        return true;
      case lane::HostLane::State::corrupt:
        return false;
      case lane::HostLane::State::completion:
        break;
    }
    const InCell cell = forget(completion.tag);
    REQUIRE(completion.completed == cell.range.count);
    keep(host, cell, completion.completed);
    host.release_oldest();
    host.return_window(cell.window);
  }
}

bool Account::take_back(lane::HostLane& host) {
  const auto taken = host.take_back_newest();
  if (!taken) return false;
  const InCell cell = forget(taken->tag);
  host.return_window(cell.window);
  pending_.push_front(cell.range);
  return true;
}

bool Account::recover(lane::HostLane& host) {
  bool sound = true;
  for (const lane::Remains& remains : host.post_mortem()) {
    if (remains.finding.verdict == lane::Verdict::nothing) {
      REQUIRE_FALSE(in_cells_.contains(remains.tag));
      continue;
    }
    const InCell cell = forget(remains.tag);
    std::uint32_t complete = 0;
    switch (remains.finding.verdict) {
      case lane::Verdict::collected:
        complete = host.completion_of(remains).completed;
        REQUIRE(complete == cell.range.count);
        break;
      case lane::Verdict::interrupted:
        complete = remains.finding.complete;
        if (complete < cell.range.count) ++deaths_charged_;
        break;
      case lane::Verdict::corrupt:
        sound = false;
        break;
      case lane::Verdict::untouched:
      case lane::Verdict::nothing:
        break;
    }
    keep(host, cell, complete);
    if (complete < cell.range.count) {
      pending_.push_front({cell.range.first + complete, cell.range.count - complete});
    }
  }
  REQUIRE(in_cells_.empty());
  return sound;
}

bool Account::each_item_once() const {
  return std::ranges::all_of(values_seen_, [](int times) { return times == 1; });
}

void Account::keep(const lane::HostLane& host, const InCell& cell, std::uint32_t complete) {
  std::byte* const window = host.view().result_window(cell.window);
  for (std::uint32_t item = 0; item < complete; ++item) {
    const std::uint64_t index = cell.range.first + item;
    if (window[item] != kValueStatus || values_in(window)[item] != value_of(index)) ++wrong_values_;
    ++values_seen_[index];
    ++settled_;
  }
}

Account::InCell Account::forget(std::uint64_t tag) {
  const auto entry = in_cells_.find(tag);
  REQUIRE(entry != in_cells_.end());
  const InCell cell = entry->second;
  in_cells_.erase(entry);
  return cell;
}

}  // namespace forkmap::tests
