// SPDX-License-Identifier: Apache-2.0
#include "core/pool/zygote_events.hpp"

#include <sys/wait.h>

#include <utility>

#include "core/base/limit_behind.hpp"
#include "core/base/pidfd.hpp"

namespace forkmap::pool {

namespace {

using process::EventKind;

constexpr std::chrono::seconds kDeathPatience{10};

WorkerSlot* find_worker(Crew& crew, process::WorkerId id) {
  if (id.slot >= crew.workers.size()) return nullptr;
  WorkerSlot& worker = crew.workers[id.slot];
  return worker.id == id ? &worker : nullptr;
}

}  // namespace

std::optional<CrewEvent> ZygoteEvents::next(Crew& crew, Clock::time_point now, bool& any) {
  if (crew.phase == CrewPhase::ended || !crew.zygote) return std::nullopt;
  // Asked before the last messages are read, so that none of them is missed.
  const bool ended = crew.zygote->ended();
  while (auto message = crew.zygote->next_event()) {
    any = true;
    const process::Event& event = message->event;
    if (event.kind <= EventKind::ready) {
      note_preload(crew, event, now);
      continue;
    }
    WorkerSlot* const worker = find_worker(crew, event.worker);
    if (worker == nullptr) continue;  // about a predecessor
    if (event.kind == EventKind::exited) {
      if (worker->phase() == WorkerPhase::absent || worker->phase() == WorkerPhase::gone) continue;
      staff_.watch_phases(crew, now);  // it may have been ready for a moment
      return CrewEvent{.exit = event, .worker = worker};
    }
    note_worker(crew, *worker, *message, now);
  }
  if (settings_.takes_output()) {
    for (WorkerSlot& worker : crew.workers) pipes_.read_some(worker);
  }
  if (!ended) return std::nullopt;
  any = true;
  return end_of_zygote(crew, now);
}

void ZygoteEvents::note_preload(Crew& crew, const process::Event& event, Clock::time_point now) {
  if (event.kind == EventKind::preloading) {
    crew.preload_running = event.number + std::size_t{1};
  } else if (event.kind == EventKind::preload_failed) {
    const std::string name = event.number < crew.preload_names.size()
                                 ? crew.preload_names[event.number]
                                 : std::string("a plugin");
    const std::string text = event.text.data();
    crew.failure = text.starts_with("preload of ") ? text : "preload of " + name + ": " + text;
  } else {
    if (crew.phase == CrewPhase::preloading) crew.phase = CrewPhase::starting;
    staff_.spawn_workers(crew, now);
  }
}

void ZygoteEvents::note_worker(Crew& crew, WorkerSlot& worker,
                               process::ZygoteLink::Message& message, Clock::time_point now) {
  switch (message.event.kind) {
    case EventKind::spawned:
      worker.life.pid = message.event.pid;
      worker.life.pidfd = std::move(message.pidfd);
      if (worker.phase() == WorkerPhase::spawning) worker.become(WorkerPhase::starting);
      // No descriptor was left for it.
      if (!worker.life.pidfd) Staff::condemn(crew, worker, KillReason::no_descriptor);
      return;
    case EventKind::spawn_failed:
      pipes_.close(worker);
      worker.lane.reset();
      if (worker.phase() == WorkerPhase::spawning) {
        staff_.note_shortage(
            worker, "fork: " + base::explained_error_text(message.event.error_number), now);
      } else {
        worker.become(WorkerPhase::gone);
      }
      return;
    case EventKind::moved_on:
      worker.life.stop_asked.reset();
      return;
    case EventKind::stopped:
      worker.life.stopped = true;
      return;
    case EventKind::continued:
      worker.life.stopped = false;
      return;
    case EventKind::killed:  // `exited` follows
    case EventKind::exited:
    case EventKind::preloading:
    case EventKind::preload_failed:
    case EventKind::ready:
      return;
  }
}

// A zygote is gone, and with it the only one who could fork workers like those. They have been told
// to die by the kernel; the host makes sure. L5: nothing of their lanes is looked at before.
CrewEvent ZygoteEvents::end_of_zygote(Crew& crew, Clock::time_point now) {
  CrewEvent event;
  event.zygote_end = crew.zygote->end_text();
  event.ended_in = std::exchange(crew.phase, CrewPhase::ended);
  if (event.ended_in != CrewPhase::retiring) {
    events_.tell(ZygoteGone{crew.zygote->pid(), event.zygote_end, now});
  }
  for (WorkerSlot& worker : crew.workers) {
    if (!worker.alive() && worker.phase() != WorkerPhase::spawning) continue;
    if (const base::UniqueFd& pidfd = worker.life.pidfd) {
      base::kill_with_group(pidfd.get(), worker.life.pid);
      if (!base::wait_for_end(pidfd.get(), kDeathPatience)) {
        // It cannot be killed (an uninterruptible system call): its lane must not be touched.
        worker.become(WorkerPhase::gone);
        staff_.fail("worker " + std::to_string(worker.life.pid) +
                    " could not be killed after its zygote " + event.zygote_end);
        continue;
      }
      // A host that is a subreaper or process 1 has inherited it; elsewhere there is none to reap.
      siginfo_t ignored{};
      (void)::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &ignored, WEXITED | WNOHANG);
    }
    event.orphaned.push_back(&worker);
  }
  return event;
}

}  // namespace forkmap::pool
