// SPDX-License-Identifier: Apache-2.0
//
// The zygote's life after preload: one poll loop over the host's socket, SIGCHLD and the host's
// pidfd. Who runs this: the zygote, one thread, with SIGCHLD blocked. No plugin code runs here.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <list>
#include <optional>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/process/alternate_stack.hpp"
#include "core/process/exit_guard.hpp"
#include "core/process/limit_clock.hpp"
#include "core/process/message_socket.hpp"
#include "core/process/outbox.hpp"
#include "core/process/session.hpp"
#include "core/process/worker_control.hpp"
#include "core/process/zygote.hpp"

namespace forkmap::process {

class ZygoteLoop {
 public:
  // Blocks SIGCHLD. Children that this process has now are preload's, and live as long as it does.
  // Throws SystemError.
  // `stack` is the one that this runs on.
  ZygoteLoop(const ZygotePlan& plan, ExitGuard& guard, base::UniqueFd socket,
             base::UniqueFd host_pidfd, const StackRange& stack);

  // Says `ready`, serves, and ends the process.
  [[noreturn]] void run();

 private:
  using Clock = std::chrono::steady_clock;

  const ZygotePlan& plan_;
  ExitGuard& guard_;
  base::UniqueFd socket_;
  base::UniqueFd host_pidfd_;
  base::UniqueFd child_signal_;
  const AlternateStack signal_stack_;  // the workers inherit it
  const StackRange stack_;
  std::vector<pid_t> children_of_preload_;

  Outbox outbox_;
  LimitClock limits_;
  std::list<WorkerControl> workers_;  // until each is buried
  bool quitting_ = false;
  bool paused_ = false;
  bool orphans_wait_ = false;  // more of them have ended than one round reaps
  // The session of a worker that left in peace and is reaped. Its processes may write down what the
  // worker's end has given them to write (popen); what is left of them then is killed.
  struct LateSession {
    pid_t leader;
    Clock::time_point ends_at;
    Event exited;  // of the worker, to be sent when nothing of its session is left
    bool is_over = false;
  };
  std::vector<LateSession> late_sessions_;
  std::optional<Clock::time_point> next_burial_;  // something of the dead is not cleared yet
  bool strays_left_ = false;                      // some that were killed last had not died in time

  void wait_for_something();
  [[nodiscard]] int wait_limit_ms() const;
  void take_requests();
  void serve(const Request& request, ReceivedDescriptors& descriptors);
  void look_at_children();
  void release_tracees();
  void watch_limits();
  void bury_the_dead();
  void reap_orphans();
  void look_at_late_sessions();
  Strays clear_strays(Clock::time_point deadline);
  void look_at_strays_left();
  void post();

  void spawn(const Request& request, ReceivedDescriptors& descriptors);
  [[noreturn]] void become_worker(WorkerBirth birth, base::UniqueFd output, pid_t zygote);
  [[nodiscard]] WorkerControl* find(WorkerId id);
  [[nodiscard]] bool is_known(pid_t child) const;  // a worker, or one of preload's
  [[nodiscard]] bool is_kept(pid_t child) const;   // that, an orphan of a living worker, or late
  [[nodiscard]] bool is_late(pid_t session) const;

  [[noreturn]] void end_everything();
};

}  // namespace forkmap::process
