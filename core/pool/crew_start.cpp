// SPDX-License-Identifier: Apache-2.0
#include "core/pool/crew_start.hpp"

#include "core/base/stdio_streams.hpp"
#include "core/worker/crash_handler.hpp"
#include "core/worker/worker_process.hpp"

namespace forkmap::pool {

namespace {

process::WorkerStdout stdout_of(WorkerOutput output) {
  switch (output) {
    case WorkerOutput::standard_error:
      return process::WorkerStdout::to_stderr;
    case WorkerOutput::discard:
      return process::WorkerStdout::discard;
    case WorkerOutput::inherit:
    case WorkerOutput::tag:
    case WorkerOutput::forward:
      break;
  }
  return process::WorkerStdout::inherit;
}

}  // namespace

std::unique_ptr<process::ZygoteLink> fork_zygote(const process::ZygotePlan& plan) {
  return std::make_unique<process::Zygote>(plan);
}

std::shared_ptr<Crew> start_crew(const Settings& settings, const lane::Doorbell& doorbell,
                                 int workers, CrewReason reason, const ForkZygote& fork) {
  const PoolOptions& options = settings.options();
  auto crew = std::make_shared<Crew>();
  crew->reason = reason;
  crew->generation = settings.table().generation();

  WorkerPlan worker_plan;
  worker_plan.context = {&settings.table(), settings.parameters().get(), options.seed,
                         settings.arena()->data()};
  worker_plan.doorbell = &doorbell;
  worker_plan.shape = settings.shape();
  worker_plan.worker_start = options.worker_start;
  worker_plan.is_output_piped = settings.takes_output();
  worker_plan.core_to_spare = workers < settings.processors();
  base::flush_before_fork();

  process::ZygotePlan plan;
  plan.preload = preload_steps(worker_plan.context);
  for (const process::PreloadStep& step : plan.preload) crew->preload_names.push_back(step.name);
  plan.worker_body = [worker_plan](process::WorkerBirth birth) {
    return run_worker(worker_plan, std::move(birth));
  };
  plan.progress_word = lane::progress_on_page;
  plan.limit_number = lane::limit_on_page;
  plan.is_leaving = lane::is_leaving_on_page;
  plan.stop_grace = options.stop_grace;
  plan.record_exit = record_exit;
  plan.worker_stdout = stdout_of(options.worker_output);
  plan.nice = options.nice;
  plan.pin = options.pin;
  plan.memory_bytes = options.memory;
  prepare_crash_handler();
  plan.keep_core_limit = options.core_files;
  crew->objects = std::make_unique<const plugin::LoadedObjects>(settings.table());
  plan.worker_descriptors = {doorbell.fd()};
  plan.kept_descriptors = options.keep_descriptors;
  if (plan.kept_descriptors) plan.kept_descriptors->push_back(doorbell.fd());
  crew->zygote = fork(plan);
  for (std::uint32_t slot = 0; slot < static_cast<std::uint32_t>(workers); ++slot) {
    crew->workers.emplace_back(slot);
  }
  return crew;
}

}  // namespace forkmap::pool
