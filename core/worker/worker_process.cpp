// SPDX-License-Identifier: Apache-2.0
#include "core/worker/worker_process.hpp"

#include <cstdio>
#include <string>

#include "core/base/printable_text.hpp"
#include "core/base/stdio_streams.hpp"
#include "core/lane/spin_policy.hpp"
#include "core/plugin/descriptor.hpp"
#include "core/process/reserved_status.hpp"
#include "core/shm/mapping.hpp"
#include "core/types/caught_exception.hpp"
#include "core/types/run_hook.hpp"
#include "core/worker/crash_handler.hpp"
#include "core/worker/left_state.hpp"
#include "core/worker/print_marks.hpp"
#include "core/worker/task_clock.hpp"
#include "core/worker/worker_end.hpp"

namespace forkmap::pool {

namespace {

// The first failure of worker_start or a start hook. A worker that dies in one has left its name.
std::optional<std::string> run_start_hooks(const WorkerPlan& plan, lane::WorkerWords& words) {
  if (plan.worker_start) {
    leave_message(words, "worker_start");
    try {
      plan.worker_start();
    } catch (...) {
      if (types::caught_forced_unwind()) throw;
      return "worker_start: " + types::caught_exception_text();
    }
  }
  const types::RunEnvironment environment{plan.context.parameters};
  for (const plugin::PluginEntry& entry : plan.context.table->plugins()) {
    if (entry.descriptor->start == nullptr) continue;
    const std::string name = "start hook of plugin " + entry.name;
    leave_message(words, name);
    if (auto failure = types::run_hook(entry.descriptor->start, environment)) {
      return name + ": " + *failure;
    }
  }
  leave_message(words, {});
  return std::nullopt;
}

void run_stop_hooks(const WorkerPlan& plan, lane::WorkerWords& words) {
  const types::RunEnvironment environment{plan.context.parameters};
  for (const plugin::PluginEntry& entry : plan.context.table->plugins()) {
    if (entry.descriptor->stop == nullptr) continue;
    leave_message(words, "plugin " + entry.name);
    if (auto failure = types::run_hook(entry.descriptor->stop, environment)) {
      std::fprintf(stderr, "forkmap: stop hook of plugin %s: %s\n", entry.name.c_str(),
                   base::printable_lines(*failure).c_str());
    }
  }
}

// Plugins may ask; and the embedding program, whose functions are in this very object.
void mark_as_worker(const plugin::RegistryTable& table) noexcept {
  forkmap_worker_mark = 1;
  for (const plugin::PluginEntry& entry : table.plugins()) {
    if (int* const mark = plugin::worker_mark_of(*entry.descriptor)) *mark = 1;
  }
}

int fault_status(const lane::WorkerLane& worker_lane) {
  return process::exit_code(worker_lane.fault() == lane::LaneFault::corrupt
                                ? process::ReservedStatus::lane_corrupt
                                : process::ReservedStatus::doorbell_failed);
}

int take_tasks(const WorkerPlan& plan, const plugin::FortranUnits& units,
               const types::Floats& floats, lane::WorkerLane& worker_lane) {
  PrintMarks marks(worker_lane.view(), plan.is_output_piped);
  TaskRunner runner(plan.context, worker_lane.view(), floats, marks);
  lane::SpinPolicy spin(plan.core_to_spare);
  TaskClock clock;
  LeftState left;
  for (;;) {
    auto claim = worker_lane.try_claim();
    if (!claim) {
      if (worker_lane.retire_asked()) {
        claim = worker_lane.try_claim();  // pushed just before
        if (!claim) return 0;
      } else {
        if (!spin.look_for([&] { return worker_lane.has_news(); })) {
          left.look();  // nobody waits for this worker now
          const auto start = std::chrono::steady_clock::now();
          if (!worker_lane.wait({})) return fault_status(worker_lane);
          spin.note_wait(std::chrono::steady_clock::now() - start);
        }
        clock.start();
        continue;
      }
    }
    runner.run(*claim);
    units.flush_preconnected();
    flush_output();
    lane::ResultCell& cell = worker_lane.view().result_cell(claim->cell);
    cell.run_time_ns =
        clock.task_ended_ns(claim->task->count, (claim->task->flags & lane::kTimed) != 0);
    cell.flags |= left.after_task(claim->task->function, cell.run_time_ns);
    marks.note_time(cell.run_time_ns);
    if (!worker_lane.publish(*claim)) return fault_status(worker_lane);
  }
}

}  // namespace

int run_worker(const WorkerPlan& plan, process::WorkerBirth birth) {
  shm::Mapping inputs;
  shm::Mapping results;
  try {
    inputs = shm::Mapping(birth.inputs.get(), shm::Access::read_only, plan.shape.inputs_bytes(),
                          shm::AtFork::absent);
    results = shm::Mapping(birth.results.get(), shm::Access::read_write, plan.shape.results_bytes(),
                           shm::AtFork::absent);
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "forkmap: a worker cannot map its lane: %s\n", exception.what());
    return process::exit_code(process::ReservedStatus::lane_unmapped);
  }
  birth.inputs.reset();
  birth.results.reset();
  const lane::LaneView view(inputs.data(), results.data(), plan.shape);
  install_crash_handler(view, birth.stack);
  lane::WorkerLane worker_lane(view, *plan.doorbell);

  mark_as_worker(*plan.context.table);
  types::Floats floats;
  if (const auto failure = run_start_hooks(plan, view.worker_words())) {
    leave_message(view.worker_words(), *failure);
    (void)worker_lane.set_phase(lane::WorkerPhase::failed);
    return process::exit_code(process::ReservedStatus::start_failed);
  }
  // What a start hook sets is what its author wants for the items.
  floats.item = types::Floats::Environment::current();
  floats.own.enter();
  // What preload or a start hook has loaded may have brought the run-time library.
  const bool knows_units = plan.units.is_loaded() || plan.objects.added().empty();
  const plugin::FortranUnits units = knows_units ? plan.units : plugin::FortranUnits();
  units.flush_preconnected();
  flush_output();
  if (!worker_lane.set_phase(lane::WorkerPhase::ready)) {
    return process::exit_code(process::ReservedStatus::doorbell_failed);
  }
  const int status = take_tasks(plan, units, floats, worker_lane);
  if (status != 0) return status;
  (void)worker_lane.set_phase(lane::WorkerPhase::leaving);
  run_stop_hooks(plan, view.worker_words());
  leave_message(view.worker_words(), {});
  (void)worker_lane.set_phase(lane::WorkerPhase::ending);
  end_plugins(*plan.context.table, plan.objects, units, view.worker_words());
  return 0;
}

std::vector<process::PreloadStep> preload_steps(const WorkerContext& context) {
  std::vector<process::PreloadStep> steps;
  for (const plugin::PluginEntry& entry : context.table->plugins()) {
    if (entry.descriptor->preload == nullptr) continue;
    const auto* const parameters = context.parameters;
    steps.push_back({entry.name, [hook = entry.descriptor->preload, parameters] {
                       auto failure = types::run_hook(hook, types::RunEnvironment{parameters});
                       // Else each worker would write it again.
                       plugin::FortranUnits().flush_all();
                       base::flush_all_streams();
                       return failure;
                     }});
  }
  return steps;
}

}  // namespace forkmap::pool
