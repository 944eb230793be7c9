// SPDX-License-Identifier: Apache-2.0
//
// Where items run on this machine: in the workers of crews, which get them through lanes. It takes
// items from the ledger and gives their outcomes back to it. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/lane/spin_policy.hpp"
#include "core/pool/collector.hpp"
#include "core/pool/dispatcher.hpp"
#include "core/pool/health.hpp"
#include "core/pool/recovery.hpp"

namespace forkmap::pool {

class LocalSite {
 public:
  // All outlive it; `orphans` may be null. Throws SystemError.
  LocalSite(const Settings& settings, const Events& events, Ledger& ledger, Orphans* orphans,
            Owner owner, ForkZygote fork = fork_zygote);
  LocalSite(const LocalSite&) = delete;
  LocalSite& operator=(const LocalSite&) = delete;
  ~LocalSite() = default;

  [[nodiscard]] Crews& crews() noexcept { return crews_; }
  [[nodiscard]] const Crews& crews() const noexcept { return crews_; }
  [[nodiscard]] Health& health() noexcept { return health_; }
  [[nodiscard]] const Health& health() const noexcept { return health_; }

  // --- parts of a step; true if anything was done
  bool collect();  // what workers have finished
  // What zygotes and workers have said. `service_fd()` is readable while there is something.
  [[nodiscard]] bool service_is_due() const noexcept;
  bool service(Clock::time_point now);
  bool attend(Clock::time_point now);  // all else that is due
  bool feed(Look look);                // items for workers

  // --- sleep
  [[nodiscard]] const lane::Doorbell& doorbell() const noexcept { return doorbell_; }
  [[nodiscard]] int service_fd() const noexcept { return service_.get(); }
  // Workers ring from now on.
  void announce_sleep();
  void end_sleep();
  void drain_bell() const noexcept { doorbell_.drain(); }
  void note_wait(Clock::duration wait) noexcept { spin_.note_wait(wait); }
  // Looks at the lanes for as long as that pays. True: there are results.
  [[nodiscard]] bool look_for_results() noexcept;
  // Workers have been given items: they are awake.
  void wake_workers() noexcept { dispatcher_.wake_workers(); }
  [[nodiscard]] bool holds_work() const;  // in lanes
  [[nodiscard]] bool has_backlog() const noexcept { return !backlog_.empty(); }
  [[nodiscard]] std::optional<Clock::time_point> next_deadline(Clock::time_point now) const;
  // Why a worker has nothing to do though its host waits, if that is so. Where all items were given
  // out, workers that are idle are no stall: the others run the last ones.
  [[nodiscard]] std::optional<StallKind> stall() const;

  // --- changes
  void resize(int workers, Clock::time_point now);  // throws InvalidOption, SystemError
  // Portions of a map that no worker has begun; the caller settles them.
  [[nodiscard]] std::vector<Task> recall(const Map& map);
  // Everything that is under way ends so.
  void fail_all(ErrorKind kind, const std::string& message);
  void close();  // workers leave when they have run what they run

 private:
  const Settings& settings_;
  Ledger& ledger_;
  Owner owner_;
  lane::Doorbell doorbell_;
  base::UniqueFd service_ = base::new_epoll();  // all that is not a lane: zygotes, pipes of workers
  WorkerPipes pipes_;
  Crews crews_;
  ZygoteEvents zygote_events_;
  Backlog backlog_;
  StaleTasks stale_;
  VectorCalls vectors_;
  CellWriter writer_;
  Feeder feeder_;
  Dispatcher dispatcher_;
  Collector collector_;
  Recovery recovery_;
  LimitWatch limits_;
  Health health_;
  lane::SpinPolicy spin_;

  bool collect(Crew& crew);
  void settle_exit(Crew& crew, WorkerSlot& worker, const process::Event& event,
                   Clock::time_point now);
  void settle_zygote_end(Crew& crew, const CrewEvent& event, Clock::time_point now);
};

}  // namespace forkmap::pool
