// SPDX-License-Identifier: Apache-2.0
//
// What is behind pool::Engine: one step after the other, and the sleep between them. It knows the
// ledger, and a site where the items run. Runs in the host, one thread. Invariants: engine.hpp.
//  D1 Once fd() was asked for it is readable, outside the engine's calls, whenever a step would do
//     something: whatever was called last, the site knows that the host sleeps.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/map/ledger.hpp"
#include "core/pool/pool_owner.hpp"
#include "core/pool/settings.hpp"
#include "core/pool/waiter.hpp"
#include "core/site/events.hpp"
#include "core/site/site.hpp"

namespace forkmap::pool {

class Loop : public std::enable_shared_from_this<Loop> {
 public:
  // What a site may use; all of it outlives the site.
  struct Means {
    const Settings& settings;
    const Events& events;
    Ledger& ledger;
    std::shared_ptr<const PoolOwner> owner;
  };
  using MakeSite = std::function<std::unique_ptr<Site>(const Means& means)>;

  // `make_site` is called once, before this returns.
  Loop(const plugin::RegistryTable& table, PoolOptions options, PoolObserver* observer,
       const MakeSite& make_site);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void start();  // returns when the site serves; throws PoolBroken
  [[nodiscard]] std::shared_ptr<Map> open(MapRequest&& request);
  void cancel(Map& map, bool give_outcomes, std::chrono::nanoseconds grace = {});
  // Whatever can be done now, without blocking; true if anything was.
  bool step(Look look = Look::everything);
  // `heeds_due`: does not sleep while the caller of the engine has something to do (set_due()).
  bool wait_step(std::chrono::nanoseconds limit, int also_fd, bool heeds_due = false);
  // Afterwards fd() becomes readable when step() has something to do. True if anything was done.
  bool prepare_sleep();
  // From now on that holds after every call of the owner's (EngineCall is one).
  [[nodiscard]] int fd() noexcept;
  [[nodiscard]] int fd_after_advance() const noexcept { return waiter_.fd(); }
  void enter();  // throws WrongThread
  void leave() noexcept;
  void set_due(bool due) noexcept;  // the caller of the engine has something to do as well

  void shutdown(Pending pending);
  void kill();
  void pause(bool on);
  void require_owner() const;
  void require_open() const;      // throws PoolClosed
  void require_unbroken() const;  // throws PoolBroken
  void require_no_inner_call() const;

  [[nodiscard]] Ledger& ledger() noexcept { return ledger_; }
  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  [[nodiscard]] const Events& events() const noexcept { return events_; }
  [[nodiscard]] const std::shared_ptr<PoolOwner>& owner() const noexcept { return owner_; }
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  [[nodiscard]] bool broken() const noexcept { return site_->has_failed(); }
  [[nodiscard]] const std::string& broken_why() const noexcept { return site_->failure(); }

 private:
  Settings settings_;
  Events events_;
  Ledger ledger_;
  std::shared_ptr<PoolOwner> owner_ = std::make_shared<PoolOwner>();
  std::unique_ptr<Site> site_;
  Waiter waiter_;
  bool is_ended_ = false;  // what was open when the pool broke has its outcomes
  bool closed_ = false;
  int calls_ = 0;  // of the owner's that are under way, one inside another
  bool is_due_ = false;

  // What those who wait for the engine look at: whoever sees it change does not sleep.
  struct Standing {
    std::uint64_t deliveries;
    std::size_t settled_maps;
    bool is_broken;
    friend bool operator==(const Standing&, const Standing&) = default;
  };
  [[nodiscard]] Standing standing() const noexcept {
    return {ledger_.deliveries(), ledger_.maps().awaiting_release(), broken()};
  }
  bool step_around_sleep();
  [[nodiscard]] Waiter::Woken sleep(Clock::time_point until, int also_fd);
  bool finish_break();
  void end_all_as(ErrorKind kind, const std::string& message);
  void prepare_return() noexcept;
};

}  // namespace forkmap::pool
