// SPDX-License-Identifier: Apache-2.0
//
// Time limits of items: which map has which, and the zygotes, which enforce them, are told.
#include <algorithm>
#include <forkmap/error.hpp>
#include <string>
#include <utility>

#include "core/pool/engine_core.hpp"

namespace forkmap::pool {

std::shared_ptr<TimeLimit> EngineCore::time_limit_for(const MapRequest& request) {
  const MapOptions& options = request.options;
  if (options.timeout && options.timeout->count() < 0) {
    throw InvalidOption("MapOptions::timeout cannot be negative; 0 is none");
  }
  if (options.retries && *options.retries < 0) {
    throw InvalidOption("MapOptions::retries cannot be " + std::to_string(*options.retries));
  }
  if (!options.timeout && options.timeout_percent == 0) return pool_time_limit_;
  std::shared_ptr<TimeLimit> limit =
      time_limits_.get({options.timeout.value_or(options_.timeout), options.timeout_percent});
  if (limit) tell_time_limit({limit->number(), limit->now()});
  return limit;
}

// A crew that still preloads is told everything once it is ready.
void EngineCore::tell_time_limit(const TimeLimits::Setting& setting) {
  for_each_crew([&](Crew& crew) {
    const bool listens = crew.phase != CrewPhase::preloading && crew.phase != CrewPhase::ended;
    if (listens && crew.zygote) (void)crew.zygote->set_limit(setting.number, setting.limit);
  });
}

void EngineCore::tell_time_limits(Crew& crew, const TimeLimits& limits) {
  for (const TimeLimits::Setting& setting : limits.settings()) {
    (void)crew.zygote->set_limit(setting.number, setting.limit);
  }
}

// The first `items` of a task took so long together; `counted` of them are counted already.
void EngineCore::note_finished(const Map& map, std::uint64_t counted, std::uint64_t items,
                               std::uint64_t time_ns) {
  if (!map.time_limit || items <= counted) return;
  const std::uint64_t fresh = items - counted;
  if (map.time_limit->note_finished(fresh, time_ns / items * fresh)) {
    tell_time_limit({map.time_limit->number(), map.time_limit->now()});
  }
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
  note_finished(*task.map, 0, fresh, static_cast<std::uint64_t>(took.count()));
}

}  // namespace forkmap::pool
