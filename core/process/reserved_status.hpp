// SPDX-License-Identifier: Apache-2.0
//
// Exit statuses that forkmap's own processes leave with. A function may call exit() with the same
// number; so they are a hint for the reader of a message, never the ground of a decision about an
// item.
#pragma once

#include <cstdint>

namespace forkmap::process {

enum class ReservedStatus : std::uint8_t {
  preload_failed = 240,   // zygote: the event preload_failed says why
  host_gone = 241,        // zygote or worker: its parent was gone before it could be watched
  setup_failed = 242,     // zygote or worker: could not be set up; a line on stderr says why
  pthread_exit = 243,     // worker: the function ended the main thread by pthread_exit
  body_threw = 244,       // worker: an exception left the worker body; a line on stderr says which
  returned_copy = 245,    // a process that a hook or a function forked and let return
  doorbell_failed = 246,  // worker: the host's doorbell could not be rung
  lane_unmapped = 247,    // worker: its lane could not be mapped
  start_failed = 248,     // worker: a start hook failed; the lane says why
  lane_corrupt = 249      // worker: its lane says what it cannot say
};

// For messages; null for a status that is not reserved.
[[nodiscard]] constexpr const char* meaning_of(ReservedStatus status) noexcept {
  switch (status) {
    case ReservedStatus::preload_failed:
      return "preload failed";
    case ReservedStatus::host_gone:
      return "its parent process was gone";
    case ReservedStatus::setup_failed:
      return "the process could not be set up";
    case ReservedStatus::pthread_exit:
      return "the function called pthread_exit";
    case ReservedStatus::body_threw:
      return "an exception left the worker";
    case ReservedStatus::returned_copy:
      return "a forked copy of the process returned";
    case ReservedStatus::doorbell_failed:
      return "the host's doorbell was lost";
    case ReservedStatus::lane_unmapped:
      return "the lane could not be mapped";
    case ReservedStatus::start_failed:
      return "a start hook failed";
    case ReservedStatus::lane_corrupt:
      return "the lane was corrupt";
  }
  return nullptr;
}

[[nodiscard]] constexpr int exit_code(ReservedStatus status) noexcept {
  return static_cast<int>(status);
}

}  // namespace forkmap::process
