// SPDX-License-Identifier: Apache-2.0
#include "core/pool/local_site.hpp"

#include <poll.h>

#include <algorithm>
#include <utility>

namespace forkmap::pool {

namespace {

bool is_busy(const WorkerSlot& worker) { return worker.lane && worker.lane->outstanding() > 0; }

}  // namespace

LocalSite::LocalSite(const Settings& settings, const Events& events, Ledger& ledger,
                     Orphans* orphans, Owner owner, ForkZygote fork)
    : settings_(settings),
      ledger_(ledger),
      owner_(std::move(owner)),
      pipes_(settings, service_.get()),
      crews_(settings, events, pipes_, doorbell_, service_.get(), orphans, std::move(fork)),
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
    recovery_.settle_orphan(crew, *worker, event.zygote_end);
  }
  crews_.succeed(crew, event, collector_.tasks_settled(), now);
}

bool LocalSite::attend(Clock::time_point now) {
  const bool any = crews_.attend(now);
  health_.look(now);
  dispatcher_.drain_retiring();
  stale_.settle(now);  // last: it may throw
  return any;
}

bool LocalSite::feed(Look look) {
  limits_.tell();
  return dispatcher_.feed(look);
}

void LocalSite::announce_sleep() {
  crews_.for_each([](Crew& crew) {
    for (WorkerSlot& worker : crew.workers) {
      if (worker.lane) lane::announce_host_sleep(worker.lane->view().worker_words());
    }
  });
}

void LocalSite::end_sleep() {
  crews_.for_each([](Crew& crew) {
    for (WorkerSlot& worker : crew.workers) {
      if (worker.lane) lane::end_host_sleep(worker.lane->view().worker_words());
    }
  });
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

void LocalSite::resize(int workers, Clock::time_point now) {
  crews_.set_target(checked_workers(workers));
  ledger_.set_workers(crews_.target());
  crews_.fit_serving(now);
  dispatcher_.drain_retiring();
}

std::vector<Task> LocalSite::recall(const Map& map) {
  crews_.for_each([&](Crew& crew) {
    for (WorkerSlot& worker : crew.workers) {
      const bool holds = worker.lane && std::ranges::any_of(worker.cells, [&](const auto& cell) {
                           return cell.task.map.get() == &map;
                         });
      if (holds && worker.phase() != WorkerPhase::gone) dispatcher_.take_back_all(worker);
    }
  });
  std::vector<Task> tasks = backlog_.take_of(map);
  for (Task& task : stale_.take_of(map)) tasks.push_back(std::move(task));
  return tasks;
}

void LocalSite::fail_all(ErrorKind kind, const std::string& message) {
  crews_.for_each([&](Crew& crew) {
    collect(crew);
    for (WorkerSlot& worker : crew.workers) {
      if (!worker.lane) continue;
      // Of one that could not be killed nothing is touched but what the host knows of it.
      if (worker.phase() != WorkerPhase::gone) dispatcher_.take_back_all(worker);
      for (TaskInCell& cell : worker.cells) {
        if (!cell.task.map) continue;
        // What runs is not waited for: its outcome is this one.
        hold_window(worker, cell, owner_);
        backlog_.put_back(std::exchange(cell.task, Task{}));
      }
    }
  });
  for (const Task& task : backlog_.take_all()) ledger_.fail(task, kind, message);
  for (const Task& task : stale_.take_all()) ledger_.fail(task, kind, message);
}

void LocalSite::close() {
  crews_.close();
  dispatcher_.drain_retiring();
}

}  // namespace forkmap::pool
