// SPDX-License-Identifier: Apache-2.0
//
// Several sites as one. Each takes items from the ledger while it has room, so the work goes to
// whoever is free; the fleet itself holds none.
//  F1 A site that fails is ended at once, and what it held runs elsewhere. The fleet fails with the
//     last of its sites.
//  F2 What nobody has begun goes from a site without workers to the others; and, when no map has
//     more that may be fed, from a site that holds more than it runs to an idle one. A retry waits
//     for its worker as long as its site has any. A glance moves nothing.
//  F3 Where a map waits that no site can run which has not failed, the fleet fails: nobody is let
//     wait for ever.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/map/ledger.hpp"
#include "core/site/site.hpp"

namespace forkmap::pool {

class Fleet final : public Site {
 public:
  // Told when a site has failed and others go on: its place, and why.
  using Notice = std::function<void(std::size_t place, const std::string& why)>;

  // One site or more, over this ledger, which outlives the fleet.
  Fleet(Ledger& ledger, std::vector<std::unique_ptr<Site>> sites, Notice notice = {});

  [[nodiscard]] State state() const override;
  [[nodiscard]] bool holds_work() const override;
  [[nodiscard]] bool is_idle() const override;
  [[nodiscard]] std::optional<StallKind> stall() const override;
  void begin(Clock::time_point now) override;  // throws only if none can begin
  bool step(Look look, StepTime time) override;
  [[nodiscard]] bool look_for_results() noexcept override;
  void see_items(Clock::time_point now) override;
  void announce_sleep() override;
  void end_sleep(const Sleep& sleep) override;
  [[nodiscard]] std::span<const int> fds() const noexcept override { return fds_; }
  void ring() const noexcept override;
  void drain() const noexcept override;
  [[nodiscard]] std::optional<Clock::time_point> next_deadline(
      Clock::time_point now) const override;
  void recall(Map& map, Clock::time_point now) override;
  bool give_back() override;
  std::optional<Clock::duration> pause(bool on, Clock::time_point now) override;
  void leave() override;
  void end() override;

 private:
  Ledger& ledger_;
  std::vector<std::unique_ptr<Site>> sites_;
  Notice notice_;
  std::vector<int> fds_;         // of all sites, in their order
  std::vector<bool> has_ended_;  // those that have failed, but for the last
  std::size_t first_ = 0;        // of the next step

  template <class Is>
  [[nodiscard]] bool any(Is&& is) const;  // of those that have not failed
  bool end_failed();
  bool spread();
  bool fail_unserved();
};

}  // namespace forkmap::pool
