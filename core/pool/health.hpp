// SPDX-License-Identifier: Apache-2.0
//
// Looks at workers that live: at what they run and for how long, at those that are worn, that were
// told to stop, that ring no bell, or whose lane says what it cannot say.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/pool/collector.hpp"
#include "core/pool/limit_watch.hpp"
#include "core/site/pool_events.hpp"
#include "core/site/site.hpp"

namespace forkmap::pool {

// With tasks out the host looks at all lanes this often, since a plugin may have closed or replaced
// the doorbell. What is found only then is counted as a rescue.
inline constexpr std::chrono::seconds kLookInterval{1};

class Health {
 public:
  // All outlive it.
  Health(const Settings& settings, Ledger& ledger, Crews& crews, Collector& collector,
         LimitWatch& limits, const lane::Doorbell& doorbell)
      : settings_(settings),
        ledger_(ledger),
        crews_(crews),
        collector_(collector),
        limits_(limits),
        doorbell_(doorbell) {}

  // All looks that are due.
  void look(Clock::time_point now);
  // For those who ask how long an item has run: no clock is read when it begins.
  void see_items(Clock::time_point now);
  // Items of cancelled maps that run on are stopped.
  void chase_cancelled(Clock::time_point now);
  // The host woke by itself. A DONE cell whose worker did not ring, though it had time to, means
  // that the ring was lost.
  void look_for_lost_rings();
  [[nodiscard]] std::uint64_t rescues() const noexcept { return rescues_; }

  [[nodiscard]] std::vector<WorkerInfo> workers(Clock::time_point now);
  // When a look is due though nothing else happens.
  [[nodiscard]] std::optional<Clock::time_point> next_deadline(Clock::time_point now) const;

 private:
  const Settings& settings_;
  Ledger& ledger_;
  Crews& crews_;
  Collector& collector_;
  LimitWatch& limits_;
  const lane::Doorbell& doorbell_;
  Clock::time_point last_wear_look_{};
  Clock::time_point last_progress_look_{};
  Clock::time_point last_seen_{};
  std::uint64_t rescues_ = 0;

  void look_at_progress(Clock::time_point now);
  void replace_worn(Clock::time_point now);
  [[nodiscard]] bool is_worn(const WorkerSlot& worker, Clock::time_point now) const;
  static void ask_stop(Crew& crew, WorkerSlot& worker, Clock::time_point now);
  [[nodiscard]] WorkerInfo info_of(const WorkerSlot& worker, Clock::time_point now) const;
};

}  // namespace forkmap::pool
