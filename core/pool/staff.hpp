// SPDX-License-Identifier: Apache-2.0
//
// Fills the places of crews with workers: forks them, sees them come up, has them leave, and
// decides who is replaced. It knows no map and no task, and asks no clock. Runs in the host, one
// thread.
//  C2 What a dead worker held is settled before replace(), which may use its place again.
//  C3 Once it has failed no process is forked any more.
#pragma once

#include <cstdint>
#include <string>

#include "core/pool/crew.hpp"
#include "core/pool/settings.hpp"
#include "core/pool/shortage.hpp"
#include "core/pool/worker_pipes.hpp"
#include "core/site/events.hpp"
#include "core/site/failure.hpp"

namespace forkmap::pool {

class Staff {
 public:
  // All outlive it.
  Staff(const Settings& settings, const Events& events, WorkerPipes& pipes, Failure& failure)
      : settings_(settings),
        pipes_(pipes),
        events_(events),
        shortage_(settings, events),
        failure_(failure),
        target_(settings.workers()) {}

  [[nodiscard]] int target() const noexcept { return target_; }  // workers wanted
  void set_target(int workers) noexcept { target_ = workers; }
  // The crew at work; null before there is one, and at the end.
  void set_serving(const Crew* crew) noexcept { serving_ = crew; }
  // Nobody is replaced any more.
  void close() noexcept { closed_ = true; }
  [[nodiscard]] bool is_closed() const noexcept { return closed_; }

  // There can be no workers any more.
  [[nodiscard]] bool has_failed() const noexcept { return failure_.is_set(); }
  void fail(const std::string& why) { failure_.set(why); }

  // Forks workers for empty places whose time has come.
  void spawn_workers(Crew& crew, Clock::time_point now);
  // The same for a crew whose zygote is not ready yet and has nothing to preload; a few, which fit
  // into its socket.
  void spawn_ahead(Crew& crew, Clock::time_point now);
  // As many places as are wanted; those of too many workers retire.
  void fit(Crew& crew, Clock::time_point now);
  // Sees workers that have run their start hooks, and those whose start hook failed.
  void watch_phases(Crew& crew, Clock::time_point now);
  // The worker leaves when its ring is empty.
  static void retire(WorkerSlot& worker);
  // The worker is killed; its end is told by its zygote.
  static void condemn(Crew& crew, WorkerSlot& worker, KillReason why);
  // What follows the end of a worker. `hook`: the start hook that it died in, "start hook of plugin
  // x"; empty: in none.
  void replace(Crew& crew, WorkerSlot& worker, const Death& death, const std::string& how,
               const std::string& hook, Clock::time_point now);

  // The system had nothing to fork the worker with: its place waits.
  void note_shortage(WorkerSlot& worker, const std::string& why, Clock::time_point now);
  // Nor a zygote. True: there has been no worker for shortage_timeout.
  [[nodiscard]] bool note_shortage_of_zygotes(Clock::time_point now) {
    return shortage_.note_zygote(now);
  }
  [[nodiscard]] const std::string& last_shortage() const noexcept { return shortage_.last(); }
  [[nodiscard]] Shortage::Start look_at_start(const Crew& crew) const {
    return shortage_.look_at(crew);
  }

 private:
  const Settings& settings_;
  WorkerPipes& pipes_;
  const Events& events_;
  Shortage shortage_;
  Failure& failure_;
  int target_;
  const Crew* serving_ = nullptr;
  bool closed_ = false;

  // False: the zygote is gone, which is seen and treated elsewhere.
  bool spawn(Crew& crew, WorkerSlot& worker, Clock::time_point now);
};

}  // namespace forkmap::pool
