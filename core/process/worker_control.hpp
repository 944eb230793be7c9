// SPDX-License-Identifier: Apache-2.0
//
// One worker as the zygote sees it. Nothing here blocks: a request sends a signal, and what the
// kernel then tells of the worker (stopped, continued, ended) moves things on.
//
// Stopping an item:  SIGSTOP -> the kernel says "stopped" -> read {turn, item} -> SIGKILL or
// SIGCONT. While the worker is stopped it cannot come to its next item, so the next one is never
// hit. The same is done for an item that has run longer than its time limit.
//
// A stop is the zygote's own while it pauses the workers or looks at an item; every other is
// foreign, is reported, and is left in force after a look.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <vector>

#include "core/process/limit_clock.hpp"
#include "core/process/outbox.hpp"
#include "core/process/results_page.hpp"
#include "core/process/zygote.hpp"

namespace forkmap::process {

// Lets a process or thread go that has made this process its tracer and has stopped at a signal;
// the signal takes its course.
void end_tracing(pid_t tracee, int signal) noexcept;

class WorkerControl {
 public:
  using Clock = std::chrono::steady_clock;

  // `plan` and `outbox` outlive it. The worker is a child of this process.
  WorkerControl(WorkerId id, pid_t pid, ResultsPage page, const ZygotePlan& plan, Outbox& outbox);

  void stop_item(std::uint32_t turn, std::uint32_t item);
  void kill();
  void pause();
  void resume();

  // Takes from the kernel what has become of the worker since the last look.
  void look();

  // Does what is due: the end of stop_grace, another SIGSTOP if one was undone before it was seen.
  void on_time(Clock::time_point now);
  // Stops the item that runs if it has run for its limit. What it has left, if it has a limit.
  std::optional<Clock::duration> watch_limit(const LimitClock& limits, LimitClock::Look look);
  [[nodiscard]] std::optional<Clock::time_point> next_time() const noexcept;

  [[nodiscard]] WorkerId id() const noexcept { return id_; }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] bool is_dead() const noexcept { return dead_; }
  // Dead, by its own leaving and with status 0.
  [[nodiscard]] bool left_in_peace() const;
  [[nodiscard]] Clock::time_point died_at() const noexcept { return died_at_; }  // if it is dead

  // Reaps a dead worker. Returns its `exited`, which is to be sent.
  [[nodiscard]] Event bury();

 private:
  // What a stop_item, or the end of a time limit, aims at.
  struct Aim {
    std::uint32_t turn;
    std::uint32_t item;
    Clock::duration limit;  // that it has run for; zero: the host asks, and gets an answer
  };

  const WorkerId id_;
  const pid_t pid_;
  const ResultsPage page_;
  const ZygotePlan& plan_;
  Outbox& outbox_;

  bool stopped_ = false;  // as the kernel told last
  bool foreign_ = false;  // somebody else's stop is in force
  bool paused_ = false;
  std::vector<Aim> aims_;  // not yet looked at
  Clock::time_point stop_sent_at_{};
  Clock::duration grace_left_{};  // of a foreign stop
  std::optional<Clock::time_point> grace_ends_;
  std::uint64_t timed_word_ = 0;  // what ran at the last look
  Clock::duration age_{};         // of that
  ExitCause cause_ = ExitCause::own;
  Clock::duration overrun_limit_{};  // that an item was killed for
  bool dead_ = false;
  int status_ = 0;  // of a dead one, as the kernel told it first
  Clock::time_point died_at_{};

  [[nodiscard]] Event event(EventKind kind) const noexcept;
  void send_stop();
  void take_aim(const Aim& aim);
  [[nodiscard]] bool ask_for_stack(const Aim& aim) const noexcept;
  void settle_aims();
  void on_stopped();
  void on_continued();
  void on_dead(int status);
  void forget_foreign_stop();
  void start_grace();
  void hold_grace();  // while the workers are paused
  void kill_for(ExitCause cause);
};

}  // namespace forkmap::process
