// SPDX-License-Identifier: Apache-2.0
#include "core/pool/limit_watch.hpp"

#include <algorithm>
#include <utility>

namespace forkmap::pool {

void LimitWatch::tell() {
  const TimeLimits& limits = ledger_.time_limits();
  crews_.for_each([&](Crew& crew) {
    if (crew.limits_told == limits.version()) return;
    const bool listens = crew.phase != CrewPhase::preloading && crew.phase != CrewPhase::ended;
    if (!listens || !crew.zygote) return;
    limits.tell_since(crew.limits_told, [&](const TimeLimits::Setting& setting) {
      (void)crew.zygote->set_limit(setting.number, setting.limit);
    });
    crew.limits_told = limits.version();
  });
}

void LimitWatch::count_running(Clock::time_point now) {
  if (!ledger_.time_limits().follow_median()) return;
  crews_.for_each([&](Crew& crew) {
    for (WorkerSlot& worker : crew.workers) count_running(worker, now);
  });
}

void LimitWatch::count_running(WorkerSlot& worker, Clock::time_point now) {
  MedianLook& look = worker.life.median_look;
  const Clock::time_point last = std::exchange(look.at, now);
  const auto running = worker.lane ? worker.lane->running() : std::nullopt;
  if (!running) return;
  Task& task = worker.cells[running->tag].task;
  if (!task.map || !task.map->follows_median()) return;
  if (std::exchange(look.turn, running->turn) != running->turn) {
    look.counted_at = std::max({task.sent, worker.life.last_end, last});
  }
  if (running->item <= task.counted) return;
  const auto took = std::max<std::chrono::nanoseconds>(now - look.counted_at, {});
  const std::uint64_t fresh = running->item - task.counted;
  task.counted = running->item;
  look.counted_at = now;
  ledger_.note_finished(*task.map, 0, fresh, static_cast<std::uint64_t>(took.count()));
}

}  // namespace forkmap::pool
