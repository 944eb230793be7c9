// SPDX-License-Identifier: Apache-2.0
//
// Crews come up, are renewed, resized and sent home.
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <forkmap/error.hpp>

#include "core/base/check.hpp"
#include "core/base/stdio_streams.hpp"
#include "core/base/system_error.hpp"
#include "core/pool/crash_handler.hpp"
#include "core/pool/engine_core.hpp"
#include "core/pool/worker_end.hpp"

namespace forkmap::pool {

namespace {

using namespace std::chrono_literals;

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

void watch(int epoll, int fd, bool on) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (::epoll_ctl(epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, fd, &event) != 0 && on) {
    base::throw_system_error("watch a descriptor (epoll_ctl)", errno);
  }
}

}  // namespace

std::shared_ptr<Crew> EngineCore::start_crew(CrewReason reason) {
  auto crew = std::make_shared<Crew>();
  crew->reason = reason;
  crew->generation = settings_.table().generation();
  crew->start_deadline = Clock::now() + settings_.options().start_timeout;

  WorkerPlan worker_plan;
  worker_plan.context = {&settings_.table(), &settings_.parameters(), settings_.options().seed,
                         settings_.arena()->data()};
  worker_plan.doorbell = &doorbell_;
  worker_plan.shape = settings_.shape();
  worker_plan.worker_start = settings_.options().worker_start;
  worker_plan.is_output_piped = settings_.takes_output();
  worker_plan.core_to_spare = target_workers_ < default_workers();
  base::flush_before_fork();

  process::ZygotePlan plan;
  plan.preload = preload_steps(worker_plan.context);
  for (const process::PreloadStep& step : plan.preload) crew->preload_names.push_back(step.name);
  plan.worker_body = [worker_plan](process::WorkerBirth birth) {
    return run_worker(worker_plan, std::move(birth));
  };
  plan.progress_word = lane::progress_on_page;
  plan.limit_number = lane::limit_on_page;
  plan.stop_grace = settings_.options().stop_grace;
  plan.record_exit = record_exit;
  plan.worker_stdout = stdout_of(settings_.options().worker_output);
  plan.nice = settings_.options().nice;
  plan.pin = settings_.options().pin;
  plan.memory_bytes = settings_.options().memory;
  prepare_crash_handler();
  plan.keep_core_limit = settings_.options().core_files;
  crew->objects = std::make_unique<const plugin::LoadedObjects>(settings_.table());
  plan.worker_descriptors = {doorbell_.fd()};
  plan.kept_descriptors = settings_.options().keep_descriptors;
  if (plan.kept_descriptors) plan.kept_descriptors->push_back(doorbell_.fd());
  crew->zygote = std::make_unique<process::Zygote>(plan);
  crew->workers.resize(static_cast<std::size_t>(target_workers_));
  for (std::uint32_t slot = 0; slot < crew->workers.size(); ++slot) {
    crew->workers[slot].id.slot = slot;
  }
  watch_crew(*crew);
  if (orphans_ != nullptr) {
    crew->orphans_entry = std::make_unique<Orphans::Entry>(*orphans_, *crew->zygote);
  }
  return crew;
}

void EngineCore::watch_crew(const Crew& crew) {
  watch(service_epoll_.get(), crew.zygote->socket_fd(), true);
  watch(service_epoll_.get(), crew.zygote->pidfd(), true);
}

void EngineCore::unwatch_crew(const Crew& crew) {
  if (!crew.zygote) return;
  watch(service_epoll_.get(), crew.zygote->socket_fd(), false);
  watch(service_epoll_.get(), crew.zygote->pidfd(), false);
}

void EngineCore::spawn_workers(Crew& crew) {
  const auto now = Clock::now();
  for (Worker& worker : crew.workers) {
    if (broken()) return;
    if (worker.phase == WorkerPhase::absent && worker.spawn_at <= now) {
      if (!spawn(crew, worker)) return;
    }
  }
}

// False: the zygote is gone, which is seen and treated elsewhere.
bool EngineCore::spawn(Crew& crew, Worker& worker) {
  base::UniqueFd output;
  try {
    worker.lane = std::make_shared<lane::HostLane>(settings_.shape());
    worker.cells.clear();
    worker.cells.resize(settings_.shape().cells);
    if (settings_.takes_output()) output = open_output(worker);
  } catch (const SystemError& error) {
    close_output(worker);
    worker.lane.reset();
    note_shortage(worker, error.what());
    return true;
  }
  ++worker.id.incarnation;
  worker.pid = 0;
  worker.pidfd.reset();
  worker.items_done_before += worker.items_done;
  worker.items_done = 0;
  worker.items_given = 0;
  worker.fresh = true;
  worker.has_retry = false;
  worker.stopped = false;
  worker.rescues = 0;
  worker.condemned = Condemned::no;
  worker.stop_asked.reset();
  worker.sighting.reset();
  worker.phase = WorkerPhase::spawning;
  const bool sent = crew.zygote->spawn(worker.id, worker.lane->inputs_fd(),
                                       worker.lane->results_fd(), output.get());
  worker.lane->forget_descriptors();
  worker.spawned_at = Clock::now();
  worker.resident_at_fork_bytes = resident_of_zygote(crew);
  if (sent) ++worker.spawns;
  return sent;
}

// Workers that have run their start hooks, and those whose start hook failed.
void EngineCore::watch_phases(Crew& crew) {
  for (Worker& worker : crew.workers) {
    if (worker.phase != WorkerPhase::starting) continue;
    const lane::WorkerWords& words = worker.lane->view().worker_words();
    // SYNC: phase
    const lane::WorkerPhase seen = words.phase.load(std::memory_order_acquire);
    if (seen == lane::WorkerPhase::ready) {
      worker.phase = WorkerPhase::serving;
      tell_ready(crew, worker);
      worker.shortage_tries = 0;
      shortage_since_.reset();
    } else if (seen == lane::WorkerPhase::failed && crew.failure.empty()) {
      crew.failure = left_message(words);
    }
  }
}

bool EngineCore::advance_incoming() {
  if (!incoming_) return false;
  Crew& crew = *incoming_;
  if (!crew.failure.empty()) {
    fail_incoming(crew.failure);
    return true;
  }
  if (Clock::now() >= crew.start_deadline) {
    const std::string limit = std::to_string(
        std::chrono::duration_cast<std::chrono::milliseconds>(settings_.options().start_timeout)
            .count());
    fail_incoming(crew.phase == CrewPhase::preloading && crew.preload_running > 0
                      ? "preload of " + crew.preload_names[crew.preload_running - 1] +
                            " still runs after " + limit + " ms (start_timeout)"
                      : "the workers were not ready after " + limit + " ms (start_timeout)" +
                            (last_shortage_.empty() ? "" : "; the last try: " + last_shortage_));
    return true;
  }
  if (crew.phase != CrewPhase::starting) return false;
  spawn_workers(crew);
  watch_phases(crew);
  switch (look_at_start(crew)) {
    case StartState::coming:
      return false;
    case StartState::failed:
      fail_incoming("no worker could be started: " + last_shortage_);
      return true;
    case StartState::up:
      switch_to_incoming();
      return true;
  }
  return false;
}

void EngineCore::switch_to_incoming() {
  std::shared_ptr<Crew> old = std::move(serving_);
  serving_ = std::move(incoming_);
  serving_->phase = CrewPhase::serving;
  generation_ = serving_->generation;
  tell_crew(*serving_, {});
  if (old) send_home(std::move(old));
  fit(*serving_);
  for (auto task = stale_.rbegin(); task != stale_.rend(); ++task) {
    pending_.push_front(std::move(*task));
  }
  stale_.clear();
}

void EngineCore::fail_incoming(const std::string& why) {
  std::shared_ptr<Crew> crew = std::move(incoming_);
  tell_crew(*crew, why);
  abandon_crew(*crew);
  crew->failure = why;
  last_start_failure_ = why;
  // Without a crew that serves there is nobody to go on.
  if (!serving_ || serving_->phase == CrewPhase::ended) return break_pool(why);
  const std::vector<Task> waiting = std::exchange(stale_, {});
  for (const Task& task : waiting) {
    ItemError error;
    error.kind = ErrorKind::stale_registry;
    error.message = "function " + task.map->function().full_name +
                    " is newer than the pool, and the pool could not be renewed: " + why;
    error.needed = task.map->function().generation;
    error.held = generation_;
    ledger_.fail(task, error);
  }
}

void EngineCore::refork() {
  require_owner();
  require_open();
  if (broken()) throw PoolBroken(broken_why_);
  last_start_failure_.clear();
  if (!incoming_) incoming_ = start_crew(CrewReason::asked);
  while ((incoming_ || recrew_at_) && !broken()) wait_step(1s, -1);
  if (!last_start_failure_.empty()) {
    throw PoolBroken("the pool could not be renewed: " + last_start_failure_);
  }
}

void EngineCore::resize(int workers) {
  require_owner();
  require_open();
  target_workers_ = affordable_workers(target_workers_, checked_workers(workers));
  ledger_.set_workers(target_workers_);
  events_.tell_resize(target_workers_, Clock::now());
  // A crew that comes up is fitted when it serves.
  if (serving_->phase == CrewPhase::serving) fit(*serving_);
  step();
}

// Gives a crew that serves as many workers as are wanted now.
void EngineCore::fit(Crew& crew) {
  const auto target = static_cast<std::size_t>(target_workers_);
  // A slot whose worker is leaving for good is used again only when it is empty.
  for (std::size_t slot = target; slot < crew.workers.size(); ++slot) {
    Worker& worker = crew.workers[slot];
    if (worker.phase != WorkerPhase::gone) retire(crew, worker);
  }
  for (std::size_t slot = 0; slot < target; ++slot) {
    if (slot >= crew.workers.size()) {
      crew.workers.emplace_back();
      crew.workers.back().id.slot = static_cast<std::uint32_t>(slot);
    } else if (crew.workers[slot].phase == WorkerPhase::gone) {
      crew.workers[slot].phase = WorkerPhase::absent;
      crew.workers[slot].spawn_at = {};
    }
  }
  spawn_workers(crew);
}

void EngineCore::pause(bool on) {
  require_owner();
  if (on == paused_at_.has_value()) return;
  if (on) {
    paused_at_ = Clock::now();
  } else {
    // What was seen running has not grown older, and what was cancelled keeps its time to end.
    const auto away = Clock::now() - *std::exchange(paused_at_, std::nullopt);
    for (const auto& map : ledger_.maps().all()) {
      if (map->stop_at) *map->stop_at += away;
    }
    for_each_crew([away](Crew& crew) {
      for (Worker& worker : crew.workers) {
        if (worker.sighting) worker.sighting->since += away;
      }
    });
  }
  events_.tell_pause(on, Clock::now());
  for_each_crew([&](Crew& crew) {
    if (crew.zygote && crew.phase != CrewPhase::ended) {
      (void)(on ? crew.zygote->pause() : crew.zygote->resume());
    }
  });
}

}  // namespace forkmap::pool
