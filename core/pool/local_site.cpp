// SPDX-License-Identifier: Apache-2.0
#include "core/pool/local_site.hpp"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "core/base/pidfd.hpp"

namespace forkmap::pool {

namespace {

// Steps between two looks at everything while results keep coming.
constexpr std::uint64_t kGlancesPerLook = 256;

bool is_busy(const WorkerSlot& worker) { return worker.lane && worker.lane->outstanding() > 0; }

}  // namespace

LocalSite::LocalSite(const Settings& settings, const Events& events, Ledger& ledger,
                     Orphans* orphans, Owner owner, ForkZygote fork)
    : settings_(settings),
      ledger_(ledger),
      owner_(std::move(owner)),
      pipes_(settings, service_.get()),
      crews_(settings, events, pipes_, doorbell_, service_.get(), orphans, std::move(fork),
             failure_place()),
      zygote_events_(settings, events, crews_.staff(), pipes_),
      stale_(settings, ledger, crews_, backlog_),
      vectors_(settings, ledger),
      writer_(settings, vectors_),
      feeder_(settings, ledger, crews_, backlog_, writer_, owner_),
      dispatcher_(settings, ledger, crews_, backlog_, writer_, feeder_, owner_),
      collector_(settings, events, ledger, backlog_, stale_, pipes_, owner_),
      recovery_(settings, events, ledger, crews_, backlog_, stale_, vectors_, collector_, pipes_,
                owner_),
      limits_(ledger, crews_),
      health_(settings, ledger, crews_, collector_, limits_, doorbell_),
      spin_(crews_.target() < settings_.processors()) {}

Site::State LocalSite::state() const {
  if (crews_.staff().is_closed()) return crews_.any_leaving() ? State::leaving : State::gone;
  return crews_.serves() ? State::serving : State::coming_up;
}

void LocalSite::begin(Clock::time_point now) {
  crews_.set_target(crews_.target());
  set_width(crews_.target());
  crews_.renew(CrewReason::beginning, now);
}

// --- one step

bool LocalSite::step(Look look, StepTime time) {
  if (look == Look::around_sleep) {
    bool any = std::exchange(service_is_ready_, false) && service(time.get());
    any = collect() || any;
    any = attend(time.get()) || any;
    return feed(Look::everything) || any;
  }
  bool any = collect();
  const bool is_turn = ++steps_ % kGlancesPerLook == 0;
  if (is_turn || (look == Look::everything && !any)) {
    if (service_is_due()) any = service(time.get()) || any;
    any = attend(time.get()) || any;
  }
  return feed(look) || any;
}

bool LocalSite::collect() {
  bool any = false;
  crews_.for_each([&](Crew& crew) {
    if (crew.is_working()) any = collect(crew) || any;
  });
  return any;
}

bool LocalSite::collect(Crew& crew) {
  bool any = false;
  for (WorkerSlot& worker : crew.workers) {
    if (!worker.lane) continue;
    if (!worker.serves() && worker.phase() != WorkerPhase::retiring) continue;
    const bool is_sound = collector_.collect(worker, crew.generation);
    if (!is_sound) Staff::condemn(crew, worker, KillReason::corrupt_lane);
    any = any || !is_sound || collector_.found_any();
  }
  return any;
}

bool LocalSite::service_is_due() const noexcept {
  pollfd ready{service_.get(), POLLIN, 0};
  return ::poll(&ready, 1, 0) != 0;  // where it cannot be asked, it is
}

bool LocalSite::service(Clock::time_point now) {
  bool any = false;
  for (const std::shared_ptr<Crew>& crew : crews_.all()) {
    while (const auto event = zygote_events_.next(*crew, now, any)) {
      if (event->worker != nullptr) {
        settle_exit(*crew, *event->worker, event->exit, now);
      } else {
        settle_zygote_end(*crew, *event, now);
      }
    }
  }
  return any;
}

void LocalSite::settle_exit(Crew& crew, WorkerSlot& worker, const process::Event& event,
                            Clock::time_point now) {
  Recovery::End end = recovery_.settle_exit(crew, worker, event, now);
  collect(crew);  // what its siblings have settled meanwhile counts as progress of the pool
  end.death.tasks_settled = collector_.tasks_settled();
  crews_.staff().replace(crew, worker, end.death, end.how, end.hook, now);
}

void LocalSite::settle_zygote_end(Crew& crew, const CrewEvent& event, Clock::time_point now) {
  for (WorkerSlot* const worker : event.orphaned) {
    recovery_.settle_killed(crew, *worker, "killed with its zygote, which was " + event.zygote_end);
  }
  crews_.succeed(crew, event, collector_.tasks_settled(), now);
}

bool LocalSite::attend(Clock::time_point now) {
  const bool any = crews_.attend(now);
  health_.look(now);
  dispatcher_.drain_retiring();
  ledger_.time_limits().sweep();
  stale_.settle(now);  // last: it may throw
  return any;
}

bool LocalSite::feed(Look look) {
  limits_.tell();
  return dispatcher_.feed(look);
}

// --- sleep

void LocalSite::announce_sleep() {
  // An item source may sleep while the round of feeding that asked it is not over.
  dispatcher_.wake_workers();
  crews_.for_each([](Crew& crew) {
    for (WorkerSlot& worker : crew.workers) {
      if (worker.lane) lane::announce_host_sleep(worker.lane->view().worker_words());
    }
  });
}

void LocalSite::end_sleep(const Sleep& sleep) {
  crews_.for_each([](Crew& crew) {
    for (WorkerSlot& worker : crew.workers) {
      if (worker.lane) lane::end_host_sleep(worker.lane->view().worker_words());
    }
  });
  if (sleep.ready.empty()) return;
  const auto is_ready = [&](std::size_t place) { return sleep.ready[place].revents != 0; };
  // Drained before the look, never after it.
  if (is_ready(0)) {
    drain();
    spin_.note_wait(Clock::now() - sleep.begun);
  }
  service_is_ready_ = service_is_ready_ || is_ready(1);
  // It was the look at all lanes that was due.
  if (sleep.by_time && sleep.planned_end - sleep.begun >= kLookInterval && holds_work()) {
    health_.look_for_lost_rings();
  }
}

bool LocalSite::look_for_results() noexcept {
  if (!crews_.serving() || !holds_work()) return false;
  return spin_.look_for([&crew = *crews_.serving()] {
    return std::ranges::any_of(crew.workers, [](const WorkerSlot& worker) {
      return worker.lane && worker.lane->has_completion();
    });
  });
}

bool LocalSite::holds_work() const {
  bool any = false;
  crews_.for_each(
      [&](const Crew& crew) { any = any || std::ranges::any_of(crew.workers, is_busy); });
  return any;
}

bool LocalSite::is_idle() const {
  if (!crews_.serves() || crews_.is_coming_up() || crews_.paused_at()) return false;
  if (holds_work() || !backlog_.empty()) return false;
  return std::ranges::any_of(crews_.serving()->workers,
                             [](const WorkerSlot& worker) { return worker.serves(); });
}

std::optional<Clock::time_point> LocalSite::next_deadline(Clock::time_point now) const {
  std::optional<Clock::time_point> next = crews_.next_deadline();
  const auto consider = [&next](std::optional<Clock::time_point> time) {
    if (time && (!next || *time < *next)) next = time;
  };
  consider(health_.next_deadline(now));
  if (holds_work()) {
    consider(now + kLookInterval);
  } else if (crews_.needs_zygotes()) {
    consider(crews_.next_zygote_look());
  }
  return next;
}

std::optional<StallKind> LocalSite::stall() const {
  if (crews_.is_over() || ledger_.maps().all_settled()) return std::nullopt;
  bool any_serves = false;
  bool any_is_dry = false;
  if (crews_.serving()) {
    for (const WorkerSlot& worker : crews_.serving()->workers) {
      if (!worker.serves() || worker.life.stopped) continue;
      any_serves = true;
      any_is_dry = any_is_dry || worker.lane->outstanding() == 0;
    }
  }
  if (!any_serves) return holds_work() ? std::nullopt : std::optional(StallKind::no_worker);
  if (!any_is_dry || !backlog_.empty()) return std::nullopt;
  std::optional<StallKind> found;
  for (const auto& map : ledger_.maps().all()) {
    if (map->source_ended || map->cancelled) continue;
    if (!ledger_.may_feed(*map)) return StallKind::results;
    if (map->source_paused) found = StallKind::input;
  }
  return found;
}

// --- changes

void LocalSite::resize(int workers, Clock::time_point now) {
  crews_.set_target(checked_workers(workers));
  set_width(crews_.target());
  crews_.fit_serving(now);
  dispatcher_.drain_retiring();
}

std::optional<Clock::duration> LocalSite::pause(bool on, Clock::time_point now) {
  return crews_.pause(on, now);
}

void LocalSite::recall(Map& map, Clock::time_point now) {
  crews_.for_each([&](Crew& crew) {
    for (WorkerSlot& worker : crew.workers) {
      const bool holds = worker.lane && std::ranges::any_of(worker.cells, [&](const auto& cell) {
                           return cell.task.map.get() == &map;
                         });
      if (holds && worker.phase() != WorkerPhase::gone) dispatcher_.take_back_all(worker);
    }
  });
  give_back(backlog_.take_of(map));
  give_back(stale_.take_of(map));
  health_.chase_cancelled(now);
}

bool LocalSite::give_back() {
  std::vector<Task> tasks;
  if (crews_.serves()) {
    for (WorkerSlot& worker : crews_.serving()->workers) {
      if (worker.serves() && !Backlog::runs_retry(worker)) dispatcher_.take_back_queued(worker);
    }
    tasks = backlog_.take_all_but_retries();  // those have a worker that they wait for
  } else {
    tasks = backlog_.take_all();
  }
  const bool any = !tasks.empty();
  give_back(std::move(tasks));
  return any;
}

void LocalSite::give_back(std::vector<Task> tasks) {
  for (Task& task : tasks) {
    // Nothing is copied for those that nobody is to run.
    if (!ledger_.settle_unwanted(task)) ledger_.give_back(returned_from(std::move(task)));
  }
}

void LocalSite::take_back_unstarted() {
  crews_.for_each([this](Crew& crew) {
    for (WorkerSlot& worker : crew.workers) {
      if (worker.lane && worker.phase() != WorkerPhase::gone) dispatcher_.take_back_all(worker);
    }
  });
}

void LocalSite::set_width(int width) noexcept {
  ledger_.change_width(width - std::exchange(width_, width));
}

void LocalSite::leave() {
  crews_.close();
  dispatcher_.drain_retiring();
}

void LocalSite::end() {
  crews_.for_each([this](Crew& crew) { collect(crew); });
  take_back_unstarted();
  crews_.kill_all();
  crews_.for_each([this](Crew& crew) {
    for (WorkerSlot& worker : crew.workers) {
      if (!worker.lane) continue;
      if (worker.phase() == WorkerPhase::gone) {
        give_back_unkillable(worker);
      } else {
        recovery_.settle_killed(crew, worker, "killed because its pool could not go on");
      }
    }
  });
  give_back(backlog_.take_all());
  give_back(stale_.take_all());
  crews_.end_all();
  set_width(0);
}

// Nothing is touched but what the host knows of it.
void LocalSite::give_back_unkillable(WorkerSlot& worker) {
  for (TaskInCell& cell : worker.cells) {
    if (!cell.task.map) continue;
    hold_window(worker, cell, owner_);
    Task task = std::exchange(cell.task, Task{});
    if (ledger_.settle_unwanted(task)) continue;
    if (ledger_.runs_once(*task.map)) {
      ledger_.fail(task, ErrorKind::worker_died,
                   "worker " + std::to_string(worker.life.pid) +
                       " could not be killed, and may have run it; it is marked once and is not "
                       "run again");
    } else {
      backlog_.put_back(std::move(task));
    }
  }
}

// --- what only a machine has

pid_t LocalSite::zygote_pid() const noexcept {
  const Crew* const crew = crews_.serving().get();
  return crew != nullptr && crew->zygote ? crew->zygote->pid() : 0;
}

bool LocalSite::signal_worker(int number, int signal) const {
  const Crew* const crew = crews_.serving().get();
  if (crew == nullptr || number < 0 || static_cast<std::size_t>(number) >= crew->workers.size()) {
    return false;
  }
  const WorkerSlot& worker = crew->workers[static_cast<std::size_t>(number)];
  return worker.alive() && worker.life.pidfd && base::send_signal(worker.life.pidfd.get(), signal);
}

}  // namespace forkmap::pool
