// SPDX-License-Identifier: Apache-2.0
//
// A crew: one zygote and the workers it forked, all of one registry generation. A pool has one crew
// that serves; while it reforks, a second that comes up; and older ones that run their last tasks.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/plugin/loaded_objects.hpp"
#include "core/plugin/registry_table.hpp"
#include "core/pool/orphans.hpp"
#include "core/pool/worker_slot.hpp"
#include "core/process/zygote_link.hpp"
#include "core/site/pool_events.hpp"

namespace forkmap::pool {

enum class CrewPhase : std::uint8_t {
  preloading,  // the zygote runs preload hooks
  starting,    // workers run start hooks
  serving,
  retiring,  // runs its last tasks
  ended
};

struct Crew {
  plugin::Generation generation = 0;
  CrewReason reason = CrewReason::beginning;
  Clock::time_point begun{};
  CrewPhase phase = CrewPhase::preloading;
  std::unique_ptr<process::ZygoteLink> zygote;
  std::unique_ptr<Orphans::Entry> orphans_entry = {};     // null: this process adopts none
  std::unique_ptr<const plugin::LoadedObjects> objects;   // that its workers have from the host
  std::optional<Clock::time_point> zygote_stopped_since;  // it was seen stopped at every look since
  std::vector<std::string> preload_names;
  std::size_t preload_running = 0;  // step announced last, counted from 1
  std::deque<WorkerSlot> workers;   // addresses stay when it grows
  Clock::time_point start_deadline{};
  bool hears_zygote = true;       // its socket is waited for
  std::uint64_t limits_told = 0;  // version of the time limits that its zygote knows
  std::string failure;            // why it did not come up; empty: it did or may yet

  [[nodiscard]] bool is_coming_up() const noexcept {
    return phase == CrewPhase::preloading || phase == CrewPhase::starting;
  }
  [[nodiscard]] bool is_working() const noexcept {
    return phase == CrewPhase::serving || phase == CrewPhase::retiring;
  }
};

}  // namespace forkmap::pool
