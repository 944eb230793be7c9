// SPDX-License-Identifier: Apache-2.0
//
// A crew: one zygote and the workers it forked, all of one registry generation. A pool has one crew
// that serves; while it reforks, a second that comes up; and older ones that run their last tasks.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/lane/host_lane.hpp"
#include "core/plugin/loaded_objects.hpp"
#include "core/plugin/registry_table.hpp"
#include "core/pool/orphans.hpp"
#include "core/pool/pool_events.hpp"
#include "core/pool/printed_output.hpp"
#include "core/pool/restart_policy.hpp"
#include "core/pool/task.hpp"
#include "core/process/zygote.hpp"

namespace forkmap::pool {

using Clock = std::chrono::steady_clock;

enum class WorkerPhase : std::uint8_t {
  absent,     // no process: to be spawned at `spawn_at`
  spawning,   // asked for
  starting,   // has a pid; runs its start hooks
  serving,    // takes tasks
  retiring,   // asked to leave when its ring is empty
  condemned,  // asked to be killed; its end is awaited
  gone        // will not be replaced
};

enum class Condemned : std::uint8_t { no, corrupt_lane, doorbell_lost, cancelled, killed };

// An item that was seen running, and since when.
struct Sighting {
  std::uint32_t turn = 0;
  std::uint32_t item = 0;
  Clock::time_point since{};
};

// The last look at what it has finished of a task, for a limit that follows the median.
struct MedianLook {
  std::uint32_t turn = 0;
  Clock::time_point counted_at{};  // when the items that are not counted yet began, at the earliest
  Clock::time_point at{};
};

struct Worker {
  process::WorkerId id;
  WorkerPhase phase = WorkerPhase::absent;
  std::shared_ptr<lane::HostLane> lane;
  std::vector<TaskInCell> cells;  // by cell
  pid_t pid = 0;
  base::UniqueFd pidfd;
  PrintedOutput output;  // what it prints, with WorkerOutput::tag and forward
  Clock::time_point spawn_at{};
  Clock::time_point spawned_at{};
  std::uint64_t resident_at_fork_bytes = 0;  // private; known only where growth is limited
  std::uint32_t shortage_tries = 0;
  std::uint64_t items_done = 0;         // by this process
  std::uint64_t items_given = 0;        // to this process; what was taken back is not counted
  std::uint64_t items_done_before = 0;  // by its predecessors
  std::uint64_t tasks_done = 0;
  std::uint32_t spawns = 0;
  RestartState restart;    // of this place, whoever fills it
  bool fresh = true;       // has been given no task yet
  bool has_retry = false;  // as its last task; it is given no other until that has ended
  bool stopped = false;    // somebody sent SIGSTOP
  bool wake_due = false;   // cells were pushed since it was last woken
  std::uint32_t rescues = 0;
  Clock::time_point last_end{};  // of a task, where its map asks for times
  Condemned condemned = Condemned::no;
  std::optional<Clock::time_point> stop_asked;  // a stop_item request is under way
  std::optional<Sighting> sighting;             // nothing ran when it was looked at last
  MedianLook median_look;

  [[nodiscard]] bool alive() const noexcept {
    return phase == WorkerPhase::starting || phase == WorkerPhase::serving ||
           phase == WorkerPhase::retiring || phase == WorkerPhase::condemned;
  }
};

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
  Clock::time_point begun = Clock::now();
  CrewPhase phase = CrewPhase::preloading;
  std::unique_ptr<process::Zygote> zygote;
  std::unique_ptr<Orphans::Entry> orphans_entry = {};     // null: this process adopts none
  std::unique_ptr<const plugin::LoadedObjects> objects;   // that its workers have from the host
  std::optional<Clock::time_point> zygote_stopped_since;  // it was seen stopped at every look since
  std::vector<std::string> preload_names;
  std::size_t preload_running = 0;  // step announced last, counted from 1
  std::deque<Worker> workers;       // addresses stay when it grows
  Clock::time_point start_deadline{};
  std::uint64_t limits_told = 0;  // version of the time limits that its zygote knows
  std::string failure;  // why it did not come up; empty: it did or may yet
};

}  // namespace forkmap::pool
