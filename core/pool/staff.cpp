// SPDX-License-Identifier: Apache-2.0
#include "core/pool/staff.hpp"

#include <forkmap/error.hpp>
#include <optional>
#include <utility>

#include "core/base/death_text.hpp"
#include "core/process/memory_limit.hpp"
#include "core/worker/worker_end.hpp"

namespace forkmap::pool {

namespace {

constexpr std::size_t kSpawnsAhead = 32;

}  // namespace

void Staff::spawn_workers(Crew& crew, Clock::time_point now) {
  for (WorkerSlot& worker : crew.workers) {
    if (has_failed()) return;
    if (worker.phase() != WorkerPhase::absent || worker.spawn_at > now) continue;
    if (!spawn(crew, worker, now)) return;
  }
}

void Staff::spawn_ahead(Crew& crew, Clock::time_point now) {
  // Their growth is told from what the zygote has when it forks them.
  if (settings_.options().recycle_after_growth != 0) return;
  std::size_t asked_for = 0;
  for (WorkerSlot& worker : crew.workers) {
    if (has_failed() || asked_for == kSpawnsAhead) return;
    if (worker.phase() != WorkerPhase::absent || worker.spawn_at > now) continue;
    ++asked_for;
    if (!spawn(crew, worker, now)) return;
  }
}

bool Staff::spawn(Crew& crew, WorkerSlot& worker, Clock::time_point now) {
  const lane::LaneShape& shape = settings_.shape();
  base::UniqueFd output;
  worker.begin_life();
  try {
    worker.lane = std::make_shared<lane::HostLane>(shape);
    worker.cells.clear();
    worker.cells.resize(shape.cells);
    if (settings_.takes_output()) output = pipes_.open(worker);
  } catch (const SystemError& error) {
    pipes_.close(worker);
    worker.lane.reset();
    note_shortage(worker, error.what(), now);
    return true;
  }
  worker.become(WorkerPhase::spawning);
  const bool sent = crew.zygote->spawn(worker.id, worker.lane->inputs_fd(),
                                       worker.lane->results_fd(), output.get());
  worker.lane->forget_descriptors();
  worker.life.spawned_at = now;
  if (settings_.options().recycle_after_growth != 0) {
    // A worker begins with the private pages of its zygote.
    worker.life.resident_at_fork_bytes =
        process::private_resident_bytes(crew.zygote->pid()).value_or(0);
  }
  if (sent) ++worker.spawns;
  return sent;
}

void Staff::note_shortage(WorkerSlot& worker, const std::string& why, Clock::time_point now) {
  if (shortage_.note(worker, why, serving_, now)) fail("no worker could be started: " + why);
}

void Staff::watch_phases(Crew& crew, Clock::time_point now) {
  for (WorkerSlot& worker : crew.workers) {
    if (worker.phase() != WorkerPhase::starting) continue;
    const lane::WorkerWords& words = worker.lane->view().worker_words();
    // SYNC: phase
    const lane::WorkerPhase seen = words.phase.load(std::memory_order_acquire);
    if (seen == lane::WorkerPhase::ready) {
      worker.become(WorkerPhase::serving);
      events_.tell(WorkerReady{{worker.number(), worker.life.pid}, crew.generation, now});
      worker.life.ready_at = now;
      shortage_.suspend(now);
    } else if (seen == lane::WorkerPhase::failed && crew.failure.empty()) {
      crew.failure = left_message(words);
    }
  }
}

void Staff::fit(Crew& crew, Clock::time_point now) {
  const auto target = static_cast<std::size_t>(target_);
  // A slot whose worker is leaving for good is used again only when it is empty.
  for (std::size_t slot = target; slot < crew.workers.size(); ++slot) retire(crew.workers[slot]);
  for (std::size_t slot = 0; slot < target; ++slot) {
    if (slot >= crew.workers.size()) {
      crew.workers.emplace_back(static_cast<std::uint32_t>(slot));
    } else if (crew.workers[slot].phase() == WorkerPhase::gone) {
      crew.workers[slot].await_spawn();
    }
  }
  spawn_workers(crew, now);
}

void Staff::retire(WorkerSlot& worker) {
  switch (worker.phase()) {
    case WorkerPhase::absent:
      worker.become(WorkerPhase::gone);
      return;
    case WorkerPhase::spawning:
    case WorkerPhase::starting:
    case WorkerPhase::serving:
      worker.become(WorkerPhase::retiring);
      worker.drain_due = true;
      worker.lane->ask_retire();
      return;
    case WorkerPhase::retiring:
    case WorkerPhase::condemned:
    case WorkerPhase::gone:
      return;
  }
}

void Staff::condemn(Crew& crew, WorkerSlot& worker, KillReason why) {
  if (worker.phase() == WorkerPhase::condemned || !worker.alive()) return;
  worker.life.kill_reason = why;
  worker.become(WorkerPhase::condemned);
  (void)crew.zygote->kill_worker(worker.id);  // a zygote that is gone is seen by its pidfd
}

void Staff::replace(Crew& crew, WorkerSlot& worker, const Death& death, const std::string& how,
                    const std::string& hook, Clock::time_point now) {
  worker.become(WorkerPhase::gone);
  std::optional<Clock::duration> ready_for;
  if (worker.life.ready_at) ready_for = now - *worker.life.ready_at;
  if (had_come_up(death, ready_for)) {
    worker.shortage_tries = 0;
    shortage_.end(now);
  }
  if (has_failed() || closed_ || crew.phase == CrewPhase::retiring ||
      crew.phase == CrewPhase::ended || worker.number() >= target_) {
    return;
  }
  const RestartDecision decision = decide_restart(worker.restart, death);
  worker.restart = decision.state;
  const std::string reason =
      !hook.empty() ? hook + ": the worker " + as_predicate(how)
      : death.cause == DeathCause::start_failed
          ? "a worker " + as_predicate(how) + " before it was ready"
          : "workers die without having done anything: the last " + as_predicate(how);
  const bool is_incoming = crew.is_coming_up();
  // A crew that comes up needs no second try to know that the hook ends its process.
  if (!hook.empty() && !death.by_sigkill && is_incoming) {
    crew.failure = reason;
    return;
  }
  switch (decision.restart) {
    case Restart::give_up:
      if (is_incoming) {
        crew.failure = reason;
      } else {
        fail(reason + " (" + std::to_string(kFruitlessDeathLimit) + " in a row)");
      }
      return;
    case Restart::as_shortage:
      return note_shortage(worker, reason, now);
    case Restart::now:
      worker.await_spawn();
      (void)spawn(crew, worker, now);
      return;
    case Restart::later:
      worker.await_spawn(now + decision.delay);
      return;
  }
}

}  // namespace forkmap::pool
