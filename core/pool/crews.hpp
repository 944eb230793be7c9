// SPDX-License-Identifier: Apache-2.0
//
// The processes of a pool: crews come up, are renewed, resized and retired; dead workers and
// zygotes have successors. It knows no map and no task. Runs in the host, one thread; never blocks,
// but for what the kernel does not let die.
//  C1 One crew serves. While another comes up it goes on; it retires when that one is ready.
#pragma once

#include <algorithm>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/epoll.hpp"
#include "core/lane/doorbell.hpp"
#include "core/pool/crew.hpp"
#include "core/pool/crew_start.hpp"
#include "core/pool/settings.hpp"
#include "core/pool/staff.hpp"
#include "core/pool/worker_pipes.hpp"
#include "core/pool/zygote_events.hpp"
#include "core/site/events.hpp"

namespace forkmap::pool {

class Crews {
 public:
  // All outlive it; `orphans` may be null. `epoll` watches the zygotes. `failure` is set when there
  // can be no workers any more.
  Crews(const Settings& settings, const Events& events, WorkerPipes& pipes,
        const lane::Doorbell& doorbell, int epoll, Orphans* orphans, ForkZygote fork,
        Failure& failure);
  Crews(const Crews&) = delete;
  Crews& operator=(const Crews&) = delete;
  ~Crews() = default;

  // Shared, so that a step which runs user code keeps the one it works on. It may have lost its
  // zygote; null before the pool has begun, and after its end.
  [[nodiscard]] const std::shared_ptr<Crew>& serving() const noexcept { return serving_; }
  [[nodiscard]] bool serves() const noexcept {
    return serving_ && serving_->phase == CrewPhase::serving;
  }
  [[nodiscard]] bool is_renewing() const noexcept { return incoming_ != nullptr; }
  // One comes up, or will be forked soon.
  [[nodiscard]] bool is_coming_up() const noexcept { return incoming_ || succession_at_; }
  [[nodiscard]] bool is_preloading() const noexcept {
    return incoming_ && incoming_->phase == CrewPhase::preloading;
  }
  [[nodiscard]] bool any_leaving() const noexcept { return !leaving_.empty(); }
  template <class F>
  void for_each(F&& function) {
    if (serving_) function(*serving_);
    if (incoming_) function(*incoming_);
    for (const auto& crew : leaving_) function(*crew);
  }
  template <class F>
  void for_each(F&& function) const {
    if (serving_) function(std::as_const(*serving_));
    if (incoming_) function(std::as_const(*incoming_));
    for (const auto& crew : leaving_) function(std::as_const(*crew));
  }
  // Those there are, for callers whose work may end some.
  [[nodiscard]] std::vector<std::shared_ptr<Crew>> all() const;
  [[nodiscard]] plugin::Generation generation() const noexcept { return generation_; }
  [[nodiscard]] int target() const noexcept { return staff_.target(); }  // workers wanted
  [[nodiscard]] std::optional<Clock::time_point> paused_at() const noexcept { return paused_at_; }

  [[nodiscard]] Staff& staff() noexcept { return staff_; }
  [[nodiscard]] const Staff& staff() const noexcept { return staff_; }
  // There can be no workers any more.
  [[nodiscard]] bool has_failed() const noexcept { return staff_.has_failed(); }
  // Nothing is to be begun any more.
  [[nodiscard]] bool is_over() const noexcept { return has_failed() || staff_.is_closed(); }
  // Why the last crew that was to serve did not come up; empty: it did.
  [[nodiscard]] const std::string& start_failure() const noexcept { return start_failure_; }

  // Forks a crew, if none is coming up. Throws SystemError.
  void renew(CrewReason reason, Clock::time_point now);
  // Before the first crew, and later. Throws SystemError.
  void set_target(int workers);
  void fit_serving(Clock::time_point now);
  // Nothing, if it is so already. Otherwise how long the pause was that ends now; zero: it begins.
  [[nodiscard]] std::optional<Clock::duration> pause(bool on, Clock::time_point now);

  // All that is due: workers are forked, a crew takes over, zygotes are looked at. True if anything
  // was done.
  bool attend(Clock::time_point now);
  // What follows the end of a zygote whose workers' items are settled.
  void succeed(Crew& crew, const CrewEvent& event, std::uint64_t tasks_settled,
               Clock::time_point now);

  // Every process, at once. Workers that have a lane have ended afterwards; one that cannot be
  // killed is `gone`.
  void kill_all();
  // The same; what workers held must have been moved before.
  void end_all();
  // The pool ends: the serving crew retires, others end at once. Nothing is forked any more.
  void close();
  void end_leaving();  // those that have not left in time

  // Whether a zygote is to say or do something, beyond what there is to do where items run.
  [[nodiscard]] bool needs_zygotes() const noexcept;
  [[nodiscard]] Clock::time_point next_zygote_look() const noexcept { return next_zygote_look_; }
  // When attend() has something to do next, but for zygotes.
  [[nodiscard]] std::optional<Clock::time_point> next_deadline() const;

 private:
  const Settings& settings_;
  const Events& events_;
  WorkerPipes& pipes_;
  const lane::Doorbell& doorbell_;
  int epoll_;
  Orphans* orphans_;  // null: this process adopts none
  ForkZygote fork_;
  Staff staff_;
  std::shared_ptr<Crew> serving_;
  std::shared_ptr<Crew> incoming_;
  std::list<std::shared_ptr<Crew>> leaving_;
  plugin::Generation generation_ = 0;  // of the serving crew
  std::string start_failure_;
  RestartState zygote_restart_;  // deaths of zygotes
  std::optional<Clock::time_point>
      succession_at_;  // the serving crew is gone; when to fork the next
  std::uint32_t succession_tries_ = 0;
  std::optional<Clock::time_point> paused_at_;
  Clock::time_point next_zygote_look_{};

  bool advance_incoming(Clock::time_point now);
  void switch_to_incoming(Clock::time_point now);
  void fail_incoming(const std::string& why, Clock::time_point now);
  void tell_crew(const Crew& crew, const std::string& failure, Clock::time_point now) const;
  void retire_crew(std::shared_ptr<Crew> crew);
  void unwatch(const Crew& crew) noexcept;
  void kill(Crew& crew);
  void let_go_of_silent_zygotes();
  void end(Crew& crew);
  bool sweep_leaving();
  void watch_zygotes(Clock::time_point now);
  void fork_successor(Clock::time_point now);
  [[nodiscard]] bool may_fork_again(const Crew& dead, const std::string& how);
};

}  // namespace forkmap::pool
