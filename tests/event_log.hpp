// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "core/site/pool_events.hpp"

namespace forkmap::testing {

// Keeps everything. Texts are those of the call only.
class EventLog final : public pool::PoolObserver {
 public:
  void note(const pool::WorkerReady& event) noexcept override { ready.push_back(event); }
  void note(const pool::TaskRan& event) noexcept override { ran.push_back(event); }
  void note(const pool::ItemLost& event) noexcept override { lost.push_back(event); }
  void note(const pool::WorkerGone& event) noexcept override {
    gone.push_back(event);
    hows.emplace_back(event.how);
  }
  void note(const pool::CrewStarted& event) noexcept override { crews.push_back(event); }
  void note(const pool::ZygoteGone& event) noexcept override { zygotes.push_back(event.pid); }
  void note(const pool::Stalled& event) noexcept override { stalls.push_back(event); }
  void note_shortage(std::string_view, pool::EventTime) noexcept override { ++shortages; }
  void note_resize(int workers, pool::EventTime) noexcept override { sizes.push_back(workers); }
  void note_pause(bool on, pool::EventTime) noexcept override { pauses.push_back(on); }

  [[nodiscard]] std::uint64_t items() const {
    std::uint64_t sum = 0;
    for (const auto& task : ran) sum += task.items;
    return sum;
  }
  [[nodiscard]] long ends(pool::WorkerEnd end) const {
    return std::ranges::count(gone, end, &pool::WorkerGone::end);
  }

  std::vector<pool::WorkerReady> ready;
  std::vector<pool::TaskRan> ran;
  std::vector<pool::ItemLost> lost;
  std::vector<pool::WorkerGone> gone;
  std::vector<std::string> hows;
  std::vector<pool::CrewStarted> crews;
  std::vector<pid_t> zygotes;
  std::vector<pool::Stalled> stalls;
  std::vector<int> sizes;
  std::vector<bool> pauses;
  int shortages = 0;
};

}  // namespace forkmap::testing
