// SPDX-License-Identifier: Apache-2.0
//
// The worker's end of a lane in the test's own process: it takes a task when it is told to, runs it
// as a worker does, and dies where it is told to.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/lane/worker_lane.hpp"
#include "core/shm/mapping.hpp"
#include "core/worker/print_marks.hpp"
#include "core/worker/task_runner.hpp"

namespace forkmap::testing {

class InProcessWorker {
 public:
  // The descriptors may be closed afterwards.
  InProcessWorker(const pool::WorkerContext& context, const lane::LaneShape& shape,
                  const lane::Doorbell& doorbell, int inputs_fd, int results_fd);

  void become_ready();
  void fail_start(const std::string& message);
  // Dies in a start hook of this name if it ends before it is ready.
  void enter_start_hook(const std::string& name);

  // One task, from its claim to its results. False: the lane holds none, or it is stuck.
  bool run_one(float run_time_ns = 1000);
  int run_all();
  // The next task is begun, and nothing more comes of it: `complete` of its items are done. Empty:
  // all of them. False: there is none.
  bool stop_inside(std::optional<std::uint32_t> complete);
  // As if it were killed between its claim and its first word about it.
  bool stop_at_claim();
  // Results without a ring, as if the plugin had closed the doorbell.
  bool run_one_silently();

  // The next task's function is not in the worker's registry.
  bool answer_stale();

  // What a plugin may write into the lane.
  void scribble_progress(std::uint64_t word);
  void scribble_state(std::uint32_t word);  // of the task it has begun, or else of the first cell

  [[nodiscard]] bool is_stuck() const noexcept { return begun_.has_value(); }
  [[nodiscard]] bool is_asked_to_leave() const noexcept { return lane_.retire_asked(); }
  [[nodiscard]] std::uint32_t turn() const noexcept { return begun_->turn; }
  [[nodiscard]] int tasks_run() const noexcept { return tasks_run_; }

 private:
  shm::Mapping inputs_;
  shm::Mapping results_;
  lane::LaneView view_;
  lane::WorkerLane lane_;
  types::Floats floats_;
  pool::PrintMarks marks_;
  pool::TaskRunner runner_;
  std::optional<lane::WorkerLane::Claim> begun_;
  int tasks_run_ = 0;
};

}  // namespace forkmap::testing
