// SPDX-License-Identifier: Apache-2.0
//
// When the system has nothing to fork a worker with: at the start the pool begins with what it can
// have, or fails with the cause; later the place of a dead worker stays empty for a while. Asks no
// clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/pool/crew.hpp"
#include "core/pool/settings.hpp"
#include "core/site/events.hpp"

namespace forkmap::pool {

class Shortage {
 public:
  Shortage(const Settings& settings, const Events& events) : settings_(settings), events_(events) {}

  // A worker could not be forked: its place waits. `serving`: the crew at work, null before there
  // is one. True: the pool has been without a worker for shortage_timeout.
  [[nodiscard]] bool note(WorkerSlot& worker, const std::string& why, const Crew* serving,
                          Clock::time_point now);
  // No zygote could be forked. True as above.
  [[nodiscard]] bool note_zygote(Clock::time_point now);
  // A worker is ready. If it and all others end before they have come up (had_come_up()), the
  // shortage has gone on.
  void suspend(Clock::time_point now) noexcept;
  // A worker that had come up has ended.
  void end(Clock::time_point now) noexcept;
  // What was tried last, and why it failed; empty: nothing did.
  [[nodiscard]] const std::string& last() const noexcept { return last_; }

  enum class Start : std::uint8_t { coming, up, failed };
  // Whether a crew that starts can serve: with all its workers, or with those that can be had.
  [[nodiscard]] Start look_at(const Crew& crew) const;

 private:
  const Settings& settings_;
  const Events& events_;
  std::optional<Clock::time_point> since_;
  std::optional<Clock::time_point> suspended_since_;  // its beginning
  Clock::time_point suspended_at_{};
  std::string last_;
  Clock::time_point last_notice_{};
};

// Workers that there can be, of those wanted, where there are `had` already. Throws SystemError if
// that is none.
[[nodiscard]] int affordable_workers(const Settings& settings, int had, int wanted);

}  // namespace forkmap::pool
