// SPDX-License-Identifier: Apache-2.0
#include "tests/site/in_process_worker.hpp"

#include "core/lane/task_codes.hpp"
#include "core/worker/worker_end.hpp"

namespace forkmap::testing {

InProcessWorker::InProcessWorker(const pool::WorkerContext& context, const lane::LaneShape& shape,
                                 const lane::Doorbell& doorbell, int inputs_fd, int results_fd)
    : inputs_(inputs_fd, shm::Access::read_only, shape.inputs_bytes(), shm::AtFork::absent),
      results_(results_fd, shm::Access::read_write, shape.results_bytes(), shm::AtFork::absent),
      view_(inputs_.data(), results_.data(), shape),
      lane_(view_, doorbell),
      marks_(view_, false),
      runner_(context, view_, floats_, marks_) {}

void InProcessWorker::become_ready() { (void)lane_.set_phase(lane::WorkerPhase::ready); }

void InProcessWorker::fail_start(const std::string& message) {
  pool::leave_message(view_.worker_words(), message);
  (void)lane_.set_phase(lane::WorkerPhase::failed);
}

void InProcessWorker::enter_start_hook(const std::string& name) {
  pool::leave_message(view_.worker_words(), name);
}

bool InProcessWorker::run_one(float run_time_ns) {
  if (begun_) return false;
  const auto claim = lane_.try_claim();
  if (!claim) return false;
  runner_.run(*claim);
  view_.result_cell(claim->cell).run_time_ns = run_time_ns;
  (void)lane_.publish(*claim);
  ++tasks_run_;
  return true;
}

int InProcessWorker::run_all() {
  int tasks = 0;
  while (run_one()) ++tasks;
  return tasks;
}

bool InProcessWorker::stop_inside(std::optional<std::uint32_t> complete) {
  if (!stop_at_claim()) return false;
  runner_.run(*begun_);
  scribble_progress(lane::progress_word(begun_->turn, complete.value_or(begun_->task->count)));
  return true;
}

bool InProcessWorker::stop_at_claim() {
  if (begun_) return false;
  // Relaxed, here and below: one thread.
  const std::uint64_t before = view_.worker_words().progress.load(std::memory_order_relaxed);
  begun_ = lane_.try_claim();
  if (begun_) scribble_progress(before);
  return begun_.has_value();
}

bool InProcessWorker::run_one_silently() {
  view_.worker_words().host_sleeping.store(0, std::memory_order_relaxed);
  return run_one();
}

bool InProcessWorker::answer_stale() {
  const auto claim = lane_.try_claim();
  if (!claim) return false;
  lane::ResultCell& cell = view_.result_cell(claim->cell);
  cell.completed = 0;
  cell.flags = pool::kStaleFunction;
  cell.bytes_used = 0;
  cell.text_bytes = 0;
  return lane_.publish(*claim);
}

void InProcessWorker::scribble_progress(std::uint64_t word) {
  view_.worker_words().progress.store(word, std::memory_order_relaxed);
}

void InProcessWorker::scribble_state(std::uint32_t word) {
  const std::uint32_t cell = begun_ ? begun_->cell : 0;
  view_.result_cell(cell).state.store(word, std::memory_order_relaxed);
}

}  // namespace forkmap::testing
