// SPDX-License-Identifier: Apache-2.0
//
// What follows a worker's death: pure functions of state and event, tested without processes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace forkmap::pool {

enum class DeathCause : std::uint8_t {
  own,          // the worker's own doing, or a signal from outside
  pool,         // the pool had it killed (cancel, corrupt lane without a culprit, lost doorbell)
  zygote_gone,  // it was killed because its zygote had died, or its whole crew was ended
  start_failed  // a start hook failed, or it died before it was ready
};

struct Death {
  DeathCause cause = DeathCause::own;
  bool has_culprit = false;         // an item ran
  bool progress = false;            // the worker settled at least one item since it was spawned
  std::uint64_t tasks_settled = 0;  // by the whole pool so far
  bool by_sigkill = false;          // somebody outside, or the system in want of memory
};

// Deaths of one place in the pool without a culprit and without progress, in a row. They are in a
// row only while nothing was settled anywhere in the pool between them: workers that somebody kills
// before they are ready, while their siblings do the work, are no reason to give up.
struct RestartState {
  std::uint32_t fruitless_deaths = 0;
  std::uint64_t tasks_settled = 0;  // by the whole pool, at the last of these deaths
};

enum class Restart : std::uint8_t {
  now,
  later,
  as_shortage,  // as if the system had had nothing to fork a worker with
  give_up
};

struct RestartDecision {
  Restart restart = Restart::now;
  std::chrono::milliseconds delay{0};  // with `later`
  RestartState state;
};

inline constexpr std::uint32_t kFruitlessDeathLimit = 5;

// A death with a culprit settles one attempt of one item, so there is an end to them: respawn now.
// One without counts; each in a row waits longer (10 ms, 100 ms, 1 s), the fifth breaks the pool.
// SIGKILL is no sign that workers cannot start: no code does that to itself by mistake. It comes
// from somebody outside or from a system in want of memory, so it is waited out like any other
// shortage.
[[nodiscard]] RestartDecision decide_restart(RestartState state, const Death& death) noexcept;

// Whether a worker that has ended had come up: something was settled, or it had been ready for a
// while. One that is killed as soon as it is ready is like one that is killed in its start hooks.
[[nodiscard]] bool had_come_up(const Death& death,
                               std::optional<std::chrono::nanoseconds> ready_for) noexcept;
inline constexpr std::chrono::seconds kUpAfter{1};

enum class ItemFate : std::uint8_t { again_uncharged, again_charged, failed };

// What becomes of the item during which a worker died. `attempts_charged` before this death.
[[nodiscard]] ItemFate decide_item(DeathCause cause, int attempts_charged, int retries,
                                   bool once) noexcept;

// Waiting time before the next try when the system has no process, memory or descriptor to give.
[[nodiscard]] std::chrono::milliseconds shortage_delay(std::uint32_t tries) noexcept;

}  // namespace forkmap::pool
