// SPDX-License-Identifier: Apache-2.0
//
// Time limits of items: which map has which, and the zygotes, which enforce them, are told.
#include "core/pool/engine_core.hpp"

namespace forkmap::pool {

std::shared_ptr<TimeLimit> EngineCore::time_limit_for(const MapRequest& request) {
  const MapOptions& options = request.options;
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

void EngineCore::note_finished(const Map& map, std::uint64_t items, std::uint64_t time_ns) {
  if (map.time_limit && map.time_limit->note_finished(items, time_ns)) {
    tell_time_limit({map.time_limit->number(), map.time_limit->now()});
  }
}

}  // namespace forkmap::pool
