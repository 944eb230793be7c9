// SPDX-License-Identifier: Apache-2.0
#include "core/pool/crews.hpp"

#include <forkmap/error.hpp>
#include <utility>

#include "core/base/death_text.hpp"
#include "core/base/pidfd.hpp"

namespace forkmap::pool {

namespace {

using namespace std::chrono_literals;

// Between two looks at whether a zygote is stopped; less than between two looks at the lanes, so
// that each of those is one of these.
constexpr auto kZygoteInterval = 900ms;
// Of one that is ended with its crew.
constexpr auto kDeathPatience = 2s;

std::string milliseconds_of(std::chrono::nanoseconds time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

}  // namespace

Crews::Crews(const Settings& settings, const Events& events, WorkerPipes& pipes,
             const lane::Doorbell& doorbell, int epoll, Orphans* orphans, ForkZygote fork,
             Failure& failure)
    : settings_(settings),
      events_(events),
      pipes_(pipes),
      doorbell_(doorbell),
      epoll_(epoll),
      orphans_(orphans),
      fork_(std::move(fork)),
      staff_(settings, events, pipes, failure) {}

std::vector<std::shared_ptr<Crew>> Crews::all() const {
  std::vector<std::shared_ptr<Crew>> crews(leaving_.begin(), leaving_.end());
  if (incoming_) crews.insert(crews.begin(), incoming_);
  if (serving_) crews.insert(crews.begin(), serving_);
  return crews;
}

// --- a crew comes up

void Crews::renew(CrewReason reason, Clock::time_point now) {
  start_failure_.clear();
  if (incoming_) return;
  std::shared_ptr<Crew> crew;
  try {
    crew = start_crew(settings_, doorbell_, staff_.target(), reason, fork_);
  } catch (const SystemError& error) {
    start_failure_ = std::string("no zygote could be forked: ") + error.what();
    throw;
  }
  crew->begun = now;
  crew->start_deadline = now + settings_.options().start_timeout;
  base::watch(epoll_, crew->zygote->socket_fd());
  base::watch(epoll_, crew->zygote->pidfd());
  if (orphans_ != nullptr) {
    crew->orphans_entry = std::make_unique<Orphans::Entry>(*orphans_, *crew->zygote);
  }
  incoming_ = std::move(crew);
  // Whatever it was forked for, it is the successor, too.
  succession_at_.reset();
  succession_tries_ = 0;
  // What the zygote shall do first is there when it is ready, and lanes are made while it gets so.
  if (incoming_->preload_names.empty()) staff_.spawn_ahead(*incoming_, now);
}

bool Crews::advance_incoming(Clock::time_point now) {
  if (!incoming_) return false;
  Crew& crew = *incoming_;
  if (!crew.failure.empty()) {
    fail_incoming(crew.failure, now);
    return true;
  }
  if (now >= crew.start_deadline) {
    const std::string limit = milliseconds_of(settings_.options().start_timeout);
    const std::string& last = staff_.last_shortage();
    fail_incoming(crew.phase == CrewPhase::preloading && crew.preload_running > 0
                      ? "preload of " + crew.preload_names[crew.preload_running - 1] +
                            " still runs after " + limit + " ms (start_timeout)"
                      : "the workers were not ready after " + limit + " ms (start_timeout)" +
                            (last.empty() ? "" : "; the last try: " + last),
                  now);
    return true;
  }
  if (crew.phase != CrewPhase::starting) return false;
  staff_.spawn_workers(crew, now);
  staff_.watch_phases(crew, now);
  switch (staff_.look_at_start(crew)) {
    case Shortage::Start::coming:
      return false;
    case Shortage::Start::failed:
      fail_incoming("no worker could be started: " + staff_.last_shortage(), now);
      return true;
    case Shortage::Start::up:
      switch_to_incoming(now);
      return true;
  }
  return false;
}

void Crews::switch_to_incoming(Clock::time_point now) {
  std::shared_ptr<Crew> old = std::exchange(serving_, std::move(incoming_));
  serving_->phase = CrewPhase::serving;
  staff_.set_serving(serving_.get());
  generation_ = serving_->generation;
  tell_crew(*serving_, {}, now);
  if (old) retire_crew(std::move(old));
  staff_.fit(*serving_, now);
}

void Crews::fail_incoming(const std::string& why, Clock::time_point now) {
  const std::shared_ptr<Crew> crew = std::move(incoming_);
  tell_crew(*crew, why, now);
  end(*crew);
  crew->failure = why;
  start_failure_ = why;
  // Without a crew that serves there is nobody to go on.
  if (!serving_ || serving_->phase == CrewPhase::ended) staff_.fail(why);
}

void Crews::tell_crew(const Crew& crew, const std::string& failure, Clock::time_point now) const {
  events_.tell(CrewStarted{.reason = crew.reason,
                           .generation = crew.generation,
                           .zygote = crew.zygote ? crew.zygote->pid() : 0,
                           .failure = failure,
                           .begun = crew.begun,
                           .ended = now});
}

// --- as many workers as are wanted

void Crews::set_target(int workers) {
  staff_.set_target(affordable_workers(settings_, serving_ ? staff_.target() : 0, workers));
}

void Crews::fit_serving(Clock::time_point now) {
  if (serves()) staff_.fit(*serving_, now);  // a crew that comes up is fitted when it serves
}

std::optional<Clock::duration> Crews::pause(bool on, Clock::time_point now) {
  if (on == paused_at_.has_value()) return std::nullopt;
  const Clock::duration away = on ? Clock::duration{} : now - *paused_at_;
  paused_at_ = on ? std::optional(now) : std::nullopt;
  events_.tell_pause(on, now);
  for_each([&](Crew& crew) {
    // What was seen running has not grown older.
    for (WorkerSlot& worker : crew.workers) {
      if (worker.life.seen) worker.life.seen->since += away;
    }
    if (!crew.zygote || crew.phase == CrewPhase::ended) return;
    (void)(on ? crew.zygote->pause() : crew.zygote->resume());
  });
  return away;
}

// --- crews end

void Crews::retire_crew(std::shared_ptr<Crew> crew) {
  if (crew->phase == CrewPhase::ended) return;
  crew->phase = CrewPhase::retiring;
  for (WorkerSlot& worker : crew->workers) Staff::retire(worker);
  (void)crew->zygote->quit();  // a zygote that is gone is noticed by its pidfd
  leaving_.push_back(std::move(crew));
}

void Crews::unwatch(const Crew& crew) noexcept {
  if (!crew.zygote) return;
  base::unwatch(epoll_, crew.zygote->socket_fd());
  base::unwatch(epoll_, crew.zygote->pidfd());
}

void Crews::kill(Crew& crew) {
  if (!crew.zygote) return;
  unwatch(crew);
  crew.orphans_entry.reset();
  const bool in_peace = crew.zygote->end();  // kills it and its workers
  crew.zygote.reset();
  for (WorkerSlot& worker : crew.workers) {
    if (!worker.life.pidfd) continue;
    // If the zygote was killed before it had seen to them.
    base::kill_with_group(worker.life.pidfd.get(), worker.life.pid);
    if (worker.lane && worker.alive() &&
        !base::wait_for_end(worker.life.pidfd.get(), kDeathPatience)) {
      worker.become(WorkerPhase::gone);
    }
  }
  if (orphans_ != nullptr && !in_peace) orphans_->sweep();
}

void Crews::end(Crew& crew) {
  kill(crew);
  for (WorkerSlot& worker : crew.workers) {
    pipes_.read_last(worker);
    pipes_.close(worker);
  }
  crew.phase = CrewPhase::ended;
  for (WorkerSlot& worker : crew.workers) {
    // Its zygote may be gone without having seen to it.
    if (worker.life.pidfd) base::kill_with_group(worker.life.pidfd.get(), worker.life.pid);
    worker.life.pidfd.reset();
    if (worker.phase() != WorkerPhase::gone) worker.await_spawn();  // told as dead
    worker.lane.reset();
    worker.cells.clear();
  }
}

void Crews::kill_all() {
  for_each([this](Crew& crew) { kill(crew); });
}

void Crews::end_all() {
  succession_at_.reset();
  if (serving_ && (serving_->phase != CrewPhase::ended || serving_->zygote)) end(*serving_);
  if (incoming_) end(*incoming_);
  incoming_.reset();
  end_leaving();
}

void Crews::end_leaving() {
  for (const auto& crew : leaving_) {
    if (crew->phase != CrewPhase::ended || crew->zygote) end(*crew);
  }
  leaving_.clear();
}

void Crews::close() {
  staff_.close();
  succession_at_.reset();
  if (incoming_) end(*incoming_);
  incoming_.reset();
  if (serving_ && serving_->phase != CrewPhase::ended) retire_crew(std::move(serving_));
  staff_.set_serving(nullptr);
}

bool Crews::sweep_leaving() {
  return std::erase_if(leaving_, [this](const std::shared_ptr<Crew>& crew) {
           if (crew->phase != CrewPhase::ended) return false;
           if (crew->zygote) end(*crew);
           return true;
         }) > 0;
}

bool Crews::attend(Clock::time_point now) {
  if (serves() && !has_failed() && !staff_.is_closed()) {
    staff_.watch_phases(*serving_, now);
    staff_.spawn_workers(*serving_, now);
  }
  watch_zygotes(now);
  let_go_of_silent_zygotes();
  fork_successor(now);
  const bool any = advance_incoming(now);
  return sweep_leaving() || any;
}

// --- zygotes

// A zygote that somebody has stopped is continued. One that is found stopped for stop_grace is
// killed; what follows is as after its death.
void Crews::watch_zygotes(Clock::time_point now) {
  if (now < next_zygote_look_) return;
  next_zygote_look_ = now + kZygoteInterval;
  if (orphans_ != nullptr) orphans_->look();
  const auto grace = settings_.options().stop_grace;
  for_each([&](Crew& crew) {
    if (!crew.zygote || crew.phase == CrewPhase::ended) return;
    if (!crew.zygote->is_stopped()) {
      crew.zygote_stopped_since.reset();
      return;
    }
    if (!crew.zygote_stopped_since) crew.zygote_stopped_since = now;
    if (grace.count() > 0 && now - *crew.zygote_stopped_since >= grace) {
      crew.zygote->kill_now();
    } else {
      crew.zygote->wake_up();
    }
  });
}

// Between the end of the talk and that of the zygote the host would find the socket readable over
// and over, and take the processor that the zygote needs to end.
void Crews::let_go_of_silent_zygotes() {
  for_each([this](Crew& crew) {
    if (!crew.zygote || !crew.hears_zygote || !crew.zygote->has_hung_up()) return;
    base::unwatch(epoll_, crew.zygote->socket_fd());
    crew.hears_zygote = false;
  });
}

bool Crews::needs_zygotes() const noexcept {
  if (incoming_ || !leaving_.empty()) return true;
  return serving_ && std::ranges::any_of(serving_->workers, [](const WorkerSlot& worker) {
           return worker.phase() == WorkerPhase::spawning || (worker.alive() && !worker.serves());
         });
}

void Crews::succeed(Crew& crew, const CrewEvent& event, std::uint64_t tasks_settled,
                    Clock::time_point now) {
  unwatch(crew);  // its descriptors are readable from now on, and say nothing more
  for (WorkerSlot* const worker : event.orphaned) {
    if (worker->life.pid != 0) {
      events_.tell(WorkerGone{.worker = {worker->number(), worker->life.pid},
                              .end = WorkerEnd::killed,
                              .how = "killed with its zygote",
                              .items = worker->life.items_done,
                              .at = now});
    }
    worker->become(WorkerPhase::gone);
  }
  if (orphans_ != nullptr && !crew.zygote->left_in_peace()) orphans_->sweep();
  if (event.ended_in == CrewPhase::retiring || has_failed() || staff_.is_closed()) return;
  if (&crew == incoming_.get()) {
    const bool in_preload = event.ended_in == CrewPhase::preloading && crew.preload_running > 0;
    if (in_preload && crew.failure.empty()) {
      crew.failure = "preload of " + crew.preload_names[crew.preload_running - 1] +
                     ": the zygote " + as_predicate(event.zygote_end);
    }
    if (!crew.failure.empty()) return;
    end(crew);
    incoming_.reset();
  }
  if (incoming_) return;  // its successor is on the way
  if (!may_fork_again(crew, event.zygote_end)) return;
  const RestartDecision decision =
      decide_restart(zygote_restart_, {DeathCause::own, false, false, tasks_settled});
  zygote_restart_ = decision.state;
  if (decision.restart == Restart::give_up) {
    staff_.fail("its zygotes end without any work being done: the last " +
                as_predicate(event.zygote_end));
    return;
  }
  // The first time at once; what follows is a storm, or a machine in need.
  succession_at_ = now;
  if (decision.state.fruitless_deaths > 1) *succession_at_ += decision.delay;
}

// Whether workers like those of the serving crew can still be forked; if not, the pool breaks.
bool Crews::may_fork_again(const Crew& dead, const std::string& how) {
  const plugin::Generation now = settings_.table().generation();
  if (serves() || !serving_ || now == serving_->generation) return true;
  staff_.fail("its zygote " + as_predicate(how) +
              ", and the registry has moved on from generation " + std::to_string(dead.generation) +
              " to " + std::to_string(now) +
              ", so that workers like those cannot be forked again; make a new pool");
  return false;
}

// Forks the successor of a crew whose zygote is gone.
void Crews::fork_successor(Clock::time_point now) {
  if (!succession_at_ || incoming_ || has_failed() || staff_.is_closed()) return;
  if (now < *succession_at_) return;
  try {
    renew(CrewReason::zygote_gone, now);
  } catch (const SystemError& error) {
    succession_at_ = now + shortage_delay(succession_tries_++);
    if (staff_.note_shortage_of_zygotes(now)) {
      staff_.fail(std::string("no zygote could be forked: ") + error.what());
    }
  }
}

std::optional<Clock::time_point> Crews::next_deadline() const {
  std::optional<Clock::time_point> next = succession_at_;
  const auto consider = [&](Clock::time_point time) {
    if (!next || time < *next) next = time;
  };
  const auto consider_spawns = [&](const Crew& crew) {
    for (const WorkerSlot& worker : crew.workers) {
      if (worker.phase() == WorkerPhase::absent) consider(worker.spawn_at);
    }
  };
  if (serves() && !staff_.is_closed()) consider_spawns(*serving_);
  if (incoming_) {
    consider(incoming_->start_deadline);
    if (incoming_->phase == CrewPhase::starting) consider_spawns(*incoming_);
  }
  return next;
}

}  // namespace forkmap::pool
