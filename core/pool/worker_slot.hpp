// SPDX-License-Identifier: Apache-2.0
//
// A worker's place in its crew, and the process that fills it now.
//  S1 The phase changes only as may_follow() says.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/unique_fd.hpp"
#include "core/lane/host_lane.hpp"
#include "core/pool/printed_output.hpp"
#include "core/pool/restart_policy.hpp"
#include "core/pool/task.hpp"
#include "core/pool/worker_phase.hpp"
#include "core/process/zygote_protocol.hpp"
#include "core/site/step_time.hpp"

namespace forkmap::pool {

// Why the pool has a worker killed, or replaced.
enum class KillReason : std::uint8_t { none, corrupt_lane, doorbell_lost, no_descriptor };

// An item that was seen running, and since when.
struct SeenItem {
  std::uint32_t turn = 0;
  std::uint32_t item = 0;
  Clock::time_point since{};
};

// The last look at what a worker has finished of a task, for a limit that follows the median.
struct MedianLook {
  std::uint32_t turn = 0;
  Clock::time_point counted_at{};  // when the items that are not counted yet began, at the earliest
  Clock::time_point at{};
};

// Of one process; a new one for each.
struct WorkerLife {
  pid_t pid = 0;
  base::UniqueFd pidfd;
  PrintedOutput output;  // what it prints, with WorkerOutput::tag and forward
  Clock::time_point spawned_at{};
  std::optional<Clock::time_point> ready_at;  // has run its start hooks
  std::uint64_t resident_at_fork_bytes = 0;   // private; known only where growth is limited
  std::uint64_t items_done = 0;
  std::uint64_t items_given = 0;  // what was taken back is not counted
  bool fresh = true;              // has been given no task yet
  bool has_retry = false;         // as its last task; it is given no other until that has ended
  bool stopped = false;           // somebody sent SIGSTOP
  bool wake_due = false;          // cells were pushed since it was last woken
  std::uint32_t rescues = 0;
  Clock::time_point last_end{};  // of a task, where its map asks for times
  KillReason kill_reason = KillReason::none;
  std::optional<Clock::time_point> stop_asked;  // a stop_item request is under way
  std::optional<SeenItem> seen;                 // nothing ran when it was looked at last
  MedianLook median_look;
};

class WorkerSlot {
 public:
  explicit WorkerSlot(std::uint32_t slot) noexcept : id{slot, 0} {}

  [[nodiscard]] WorkerPhase phase() const noexcept { return phase_; }
  void become(WorkerPhase phase) noexcept {
    FORKMAP_CHECK(may_follow(phase_, phase));
    phase_ = phase;
  }
  [[nodiscard]] bool serves() const noexcept { return phase_ == WorkerPhase::serving; }
  [[nodiscard]] bool alive() const noexcept { return is_alive(phase_); }
  [[nodiscard]] int number() const noexcept { return static_cast<int>(id.slot); }
  // No process any more, and none yet: it may be forked at once, or from `at` on.
  void await_spawn(Clock::time_point at = {}) noexcept {
    if (phase_ != WorkerPhase::absent) become(WorkerPhase::absent);
    spawn_at = at;
  }
  // Another process is to fill the place.
  void begin_life() {
    items_done_before += life.items_done;
    life = WorkerLife{};
    drain_due = false;
    ++id.incarnation;
  }

  process::WorkerId id;
  std::shared_ptr<lane::HostLane> lane;
  std::vector<TaskInCell> cells;  // by cell
  WorkerLife life;
  Clock::time_point spawn_at{};
  std::uint32_t shortage_tries = 0;     // since one of its workers came up
  std::uint64_t items_done_before = 0;  // by earlier processes
  std::uint64_t tasks_done = 0;
  std::uint32_t spawns = 0;
  RestartState restart;
  bool drain_due = false;  // it retires, and tasks that it has not begun are to be taken back

 private:
  WorkerPhase phase_ = WorkerPhase::absent;
};

}  // namespace forkmap::pool
