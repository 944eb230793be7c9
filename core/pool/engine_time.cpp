// SPDX-License-Identifier: Apache-2.0
//
// Time limits of items: which map has which, and the zygotes, which enforce them, are told.
#include <algorithm>
#include <utility>

#include "core/pool/engine_core.hpp"

namespace forkmap::pool {

// A crew that still preloads is told everything once it is ready.
void EngineCore::tell_time_limits(Crew& crew) {
  const TimeLimits& limits = ledger_.time_limits();
  if (crew.limits_told == limits.version()) return;
  if (crew.phase == CrewPhase::preloading || crew.phase == CrewPhase::ended || !crew.zygote) return;
  limits.tell_since(crew.limits_told, [&](const TimeLimits::Setting& setting) {
    (void)crew.zygote->set_limit(setting.number, setting.limit);
  });
  crew.limits_told = limits.version();
}

// Items that a task has finished while it runs. If they counted at its end only, a limit would
// never come where each worker hangs in an item of its first task. When they were done is known as
// exactly as somebody looks; a limit that follows from it is rather too long than too short.
void EngineCore::count_running(Worker& worker, Clock::time_point now) {
  MedianLook& look = worker.median_look;
  const Clock::time_point last = std::exchange(look.at, now);
  const auto running = worker.lane ? worker.lane->running() : std::nullopt;
  if (!running) return;
  Task& task = worker.cells[running->tag].task;
  if (!task.map || !task.map->follows_median()) return;
  if (std::exchange(look.turn, running->turn) != running->turn) {
    look.counted_at = std::max({task.sent, worker.last_end, last});
  }
  if (running->item <= task.counted) return;
  const auto took = std::max<std::chrono::nanoseconds>(now - look.counted_at, {});
  const std::uint64_t fresh = running->item - task.counted;
  task.counted = running->item;
  look.counted_at = now;
  ledger_.note_finished(*task.map, 0, fresh, static_cast<std::uint64_t>(took.count()));
}

}  // namespace forkmap::pool
