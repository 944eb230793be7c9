// SPDX-License-Identifier: Apache-2.0
//
// What follows the death of a zygote.
#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <forkmap/error.hpp>
#include <utility>

#include "core/pool/death_text.hpp"
#include "core/pool/engine_core.hpp"
#include "core/process/pidfd.hpp"

namespace forkmap::pool {

namespace {

using namespace std::chrono_literals;

constexpr auto kDeathPatience = 10s;
// Between two looks at whether a zygote is stopped; less than between two looks at the lanes, so
// that each of those is one of these.
constexpr auto kZygoteInterval = 900ms;

// Whether the end came; L5: nothing of the lane is looked at before.
bool wait_for_death(const Worker& worker) {
  pollfd ended{worker.pidfd.get(), POLLIN, 0};
  const auto deadline = Clock::now() + kDeathPatience;
  while (Clock::now() < deadline) {
    const int found = ::poll(&ended, 1, 100);
    if (found > 0) return true;
  }
  return false;
}

}  // namespace

// A zygote is gone, and with it the only one who could fork workers like those. They have been told
// to die by the kernel; the host makes sure, then looks at their lanes.
void EngineCore::zygote_ended(Crew& crew) {
  const std::string how = crew.zygote->end_text();
  const CrewPhase phase = std::exchange(crew.phase, CrewPhase::ended);
  if (phase != CrewPhase::retiring) {
    events_.tell(ZygoteGone{crew.zygote->pid(), how, Clock::now()});
  }
  for (Worker& worker : crew.workers) {
    if (!worker.alive() && worker.phase != WorkerPhase::spawning) continue;
    if (worker.pidfd) {
      process::kill_with_group(worker.pidfd.get(), worker.pid);
      if (!wait_for_death(worker)) {
        // It cannot be killed (an uninterruptible system call): its lane must not be touched.
        worker.phase = WorkerPhase::gone;
        break_pool("worker " + std::to_string(worker.pid) +
                   " could not be killed after its zygote " + how);
        continue;
      }
      // A host that is a subreaper or process 1 has inherited it; elsewhere there is none to reap.
      siginfo_t ignored{};
      (void)::waitid(P_PIDFD, static_cast<id_t>(worker.pidfd.get()), &ignored, WEXITED | WNOHANG);
    }
    if (worker.lane) {
      recover(crew, worker,
              {DeathCause::zygote_gone, "killed with its zygote, which was " + how, 0, false});
    }
    if (worker.pid != 0) {
      events_.tell(WorkerGone{.worker = {static_cast<int>(worker.id.slot), worker.pid},
                              .end = WorkerEnd::killed,
                              .how = "killed with its zygote",
                              .items = worker.items_done,
                              .at = Clock::now()});
    }
    worker.phase = WorkerPhase::gone;
  }
  if (orphans_ != nullptr && !crew.zygote->left_in_peace()) orphans_->sweep();
  const bool was_leaving = phase == CrewPhase::retiring;
  if (was_leaving || broken() || closed_) return;
  const bool in_preload = phase == CrewPhase::preloading && crew.preload_running > 0;
  if (&crew == incoming_.get() && (in_preload || !crew.failure.empty())) {
    if (crew.failure.empty()) {
      crew.failure = "preload of " + crew.preload_names[crew.preload_running - 1] +
                     ": the zygote " + as_predicate(how);
    }
    return;
  }
  if (&crew == incoming_.get()) {
    abandon_crew(crew);
    incoming_.reset();
  }
  if (incoming_) return;  // its successor is on the way
  if (!may_fork_again(crew, how)) return;
  const RestartDecision decision =
      decide_restart(zygote_restart_, {DeathCause::own, false, false, tasks_settled_});
  zygote_restart_ = decision.state;
  if (decision.restart == Restart::give_up) {
    break_pool("its zygotes end without any work being done: the last " + as_predicate(how));
    return;
  }
  // The first time at once; what follows is a storm, or a machine in need.
  recrew_at_ = Clock::now();
  if (decision.state.fruitless_deaths > 1) *recrew_at_ += decision.delay;
}

// A zygote that somebody has stopped is continued. One that is found stopped for stop_grace is
// killed; what follows is as after its death.
void EngineCore::watch_zygotes() {
  const auto now = Clock::now();
  if (now < next_zygote_look_) return;
  next_zygote_look_ = now + kZygoteInterval;
  if (orphans_ != nullptr) orphans_->look();
  for_each_crew([&](Crew& crew) {
    if (!crew.zygote || crew.phase == CrewPhase::ended) return;
    if (!crew.zygote->is_stopped()) {
      crew.zygote_stopped_since.reset();
      return;
    }
    if (!crew.zygote_stopped_since) crew.zygote_stopped_since = now;
    if (settings_.options().stop_grace.count() > 0 &&
        now - *crew.zygote_stopped_since >= settings_.options().stop_grace) {
      crew.zygote->kill_now();
    } else {
      crew.zygote->wake_up();
    }
  });
}

// Whether a zygote is to say or do something, beyond what there is to do where items run.
bool EngineCore::needs_zygotes() const noexcept {
  if (incoming_ || !leaving_.empty()) return true;
  return serving_ && std::ranges::any_of(serving_->workers, [](const Worker& worker) {
           return worker.phase == WorkerPhase::spawning || worker.phase == WorkerPhase::starting ||
                  worker.phase == WorkerPhase::retiring || worker.phase == WorkerPhase::condemned;
         });
}

// Whether workers like those of the serving crew can still be forked; if not, the pool breaks.
bool EngineCore::may_fork_again(const Crew& dead, const std::string& how) {
  const bool serves = serving_ && serving_->phase == CrewPhase::serving;
  if (serves || !serving_ || settings_.table().generation() == serving_->generation) return true;
  break_pool("its zygote " + as_predicate(how) +
             ", and the registry has moved on from generation " + std::to_string(dead.generation) +
             " to " + std::to_string(settings_.table().generation()) +
             ", so that workers like those cannot be forked again; make a new pool");
  return false;
}

// Forks the successor of a crew whose zygote is gone.
void EngineCore::recrew() {
  if (!recrew_at_ || incoming_ || broken() || closed_) return;
  if (Clock::now() < *recrew_at_) return;
  try {
    incoming_ = start_crew(CrewReason::zygote_gone);
    recrew_at_.reset();
    recrew_tries_ = 0;
  } catch (const SystemError& error) {
    const auto now = Clock::now();
    if (!shortage_since_) shortage_since_ = now;
    recrew_at_ = now + shortage_delay(recrew_tries_++);
    if (now - *shortage_since_ >= settings_.options().shortage_timeout) {
      break_pool(std::string("no zygote could be forked: ") + error.what());
    }
  }
}

}  // namespace forkmap::pool
