// SPDX-License-Identifier: Apache-2.0
//
// Where items run on this machine: in the workers of crews, which get them through lanes. It puts
// the parts of this folder together.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/lane/spin_policy.hpp"
#include "core/pool/collector.hpp"
#include "core/pool/dispatcher.hpp"
#include "core/pool/health.hpp"
#include "core/pool/recovery.hpp"
#include "core/site/site.hpp"

namespace forkmap::pool {

class LocalSite final : public Site {
 public:
  // All outlive it; `orphans` may be null. Throws SystemError.
  LocalSite(const Settings& settings, const Events& events, Ledger& ledger, Orphans* orphans,
            Owner owner, ForkZygote fork = fork_zygote);

  // --- Site
  [[nodiscard]] State state() const override;
  [[nodiscard]] bool holds_work() const override;  // in lanes
  [[nodiscard]] bool is_idle() const override;
  [[nodiscard]] std::optional<StallKind> stall() const override;
  void begin(Clock::time_point now) override;  // with those workers that there can be
  bool step(Look look, StepTime time) override;
  [[nodiscard]] bool look_for_results() noexcept override;
  void see_items(Clock::time_point now) override { health_.see_items(now); }
  void announce_sleep() override;
  void end_sleep(const Sleep& sleep) override;
  [[nodiscard]] std::span<const int> fds() const noexcept override { return fds_; }
  void ring() const noexcept override { doorbell_.ring(); }
  void drain() const noexcept override { doorbell_.drain(); }
  [[nodiscard]] std::optional<Clock::time_point> next_deadline(
      Clock::time_point now) const override;
  void recall(Map& map, Clock::time_point now) override;
  bool give_back() override;
  std::optional<Clock::duration> pause(bool on, Clock::time_point now) override;
  void leave() override;
  void end() override;

  // --- what only a machine has
  void renew(Clock::time_point now) { crews_.renew(CrewReason::asked, now); }
  // Why the last renewal did not come up; empty: it did.
  [[nodiscard]] const std::string& renewal_failure() const noexcept {
    return crews_.start_failure();
  }
  [[nodiscard]] bool is_renewing() const noexcept { return crews_.is_coming_up(); }
  // While preload hooks run, a zygote ends with the thread that forked it.
  [[nodiscard]] bool is_preloading() const noexcept { return crews_.is_preloading(); }
  void resize(int workers, Clock::time_point now);  // throws InvalidOption, SystemError
  [[nodiscard]] int target() const noexcept { return crews_.target(); }  // workers wanted
  [[nodiscard]] plugin::Generation generation() const noexcept { return crews_.generation(); }
  [[nodiscard]] pid_t zygote_pid() const noexcept;  // 0: there is none
  [[nodiscard]] std::vector<WorkerInfo> workers(Clock::time_point now) {
    return health_.workers(now);
  }
  [[nodiscard]] std::uint64_t rescues() const noexcept { return health_.rescues(); }
  [[nodiscard]] bool signal_worker(int number, int signal) const;  // false: no such live worker

  // --- its parts, for tests
  [[nodiscard]] Crews& crews() noexcept { return crews_; }
  [[nodiscard]] const Crews& crews() const noexcept { return crews_; }
  [[nodiscard]] Health& health() noexcept { return health_; }
  [[nodiscard]] const lane::Doorbell& doorbell() const noexcept { return doorbell_; }

 private:
  const Settings& settings_;
  Ledger& ledger_;
  Owner owner_;
  lane::Doorbell doorbell_;
  base::UniqueFd service_ = base::new_epoll();  // all that is not a lane: zygotes, pipes of workers
  std::array<int, 2> fds_{doorbell_.fd(), service_.get()};
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

  int width_ = 0;  // that the ledger knows of
  std::uint64_t steps_ = 0;
  bool service_is_ready_ = false;  // as the last sleep has shown

  bool collect();  // what workers have finished
  bool collect(Crew& crew);
  // What zygotes and workers have said. Its descriptor is readable while there is something.
  [[nodiscard]] bool service_is_due() const noexcept;
  bool service(Clock::time_point now);
  bool attend(Clock::time_point now);  // all else that is due
  bool feed(Look look);                // items for workers
  void take_back_unstarted();
  void give_back(std::vector<Task> tasks);
  void give_back_unkillable(WorkerSlot& worker);
  void set_width(int width) noexcept;
  void settle_exit(Crew& crew, WorkerSlot& worker, const process::Event& event,
                   Clock::time_point now);
  void settle_zygote_end(Crew& crew, const CrewEvent& event, Clock::time_point now);
};

}  // namespace forkmap::pool
