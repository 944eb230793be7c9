// SPDX-License-Identifier: Apache-2.0
//
// The body of a worker: maps its lane, runs start hooks, takes tasks until it is asked to leave,
// runs stop hooks, ends what plugins have begun. Runs in the worker process, under core/process'
// set-up.
#pragma once

#include <forkmap/options.hpp>
#include <functional>

#include "core/lane/doorbell.hpp"
#include "core/lane/lane_memory.hpp"
#include "core/plugin/fortran_units.hpp"
#include "core/plugin/object_list.hpp"
#include "core/plugin/registry_table.hpp"
#include "core/process/zygote.hpp"
#include "core/worker/task_runner.hpp"

namespace forkmap::pool {

// What a worker inherits by the fork of its zygote; the objects are those of the host at that time.
struct WorkerPlan {
  WorkerContext context;
  const lane::Doorbell* doorbell = nullptr;
  lane::LaneShape shape;
  std::function<void()> worker_start;  // of the embedding program
  bool is_output_piped = false;        // the host takes what it prints
  bool core_to_spare = false;          // fewer workers than processors
  plugin::ObjectList objects = {};     // that the host had loaded
  plugin::FortranUnits units = {};     // that it knew
};

// Returns the exit status.
[[nodiscard]] int run_worker(const WorkerPlan& plan, process::WorkerBirth birth);

// The preload hooks of all plugins of the table, for the zygote.
[[nodiscard]] std::vector<process::PreloadStep> preload_steps(const WorkerContext& context);

}  // namespace forkmap::pool
