// SPDX-License-Identifier: Apache-2.0
//
// The phases of a worker's place in its crew, and which may follow which. Pure; tested
// exhaustively.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace forkmap::pool {

enum class WorkerPhase : std::uint8_t {
  absent,     // no process: to be spawned at `spawn_at`
  spawning,   // asked for
  starting,   // has a pid; runs its start hooks
  serving,    // takes tasks
  retiring,   // asked to leave when its ring is empty
  condemned,  // asked to be killed; its end is awaited
  gone        // will not be replaced
};

inline constexpr std::size_t kWorkerPhases = 7;

// From the row to the column, both in the order above. A place is left by the end of its process
// (gone), which may be taken back (gone to absent), or with its whole crew (anything to absent).
[[nodiscard]] constexpr bool may_follow(WorkerPhase from, WorkerPhase to) noexcept {
  constexpr std::array<std::array<bool, kWorkerPhases>, kWorkerPhases> table = {{
      // absent spawning starting serving retiring condemned gone
      {{false, true, false, false, false, false, true}},   // absent
      {{true, false, true, false, true, false, true}},     // spawning
      {{true, false, false, true, true, true, true}},      // starting
      {{true, false, false, false, true, true, true}},     // serving
      {{true, false, false, false, false, true, true}},    // retiring
      {{true, false, false, false, false, false, true}},   // condemned
      {{true, false, false, false, false, false, false}},  // gone
  }};
  return table[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)];
}

// There is a process, or may be.
[[nodiscard]] constexpr bool is_alive(WorkerPhase phase) noexcept {
  return phase == WorkerPhase::starting || phase == WorkerPhase::serving ||
         phase == WorkerPhase::retiring || phase == WorkerPhase::condemned;
}

}  // namespace forkmap::pool
