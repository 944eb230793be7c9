// SPDX-License-Identifier: Apache-2.0
//
// What the zygote of a crew tells, taken into the places of its workers. What is about items is
// handed on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/pool/staff.hpp"

namespace forkmap::pool {

// What those have to settle who know the items.
struct CrewEvent {
  process::Event exit = {};                // of `worker`
  WorkerSlot* worker = nullptr;            // null: the zygote is gone
  std::string zygote_end = {};             // "killed by SIGKILL (killed)"
  CrewPhase ended_in = CrewPhase::ended;   // the phase of its crew before
  std::vector<WorkerSlot*> orphaned = {};  // that died with it
};

class ZygoteEvents {
 public:
  // All outlive it.
  ZygoteEvents(const Settings& settings, const Events& events, Staff& staff, WorkerPipes& pipes)
      : settings_(settings), events_(events), staff_(staff), pipes_(pipes) {}

  // The next event that somebody else has to settle. Nothing: no more now; `any` says whether
  // something was told at all. After the end of a zygote its workers are dead, too.
  [[nodiscard]] std::optional<CrewEvent> next(Crew& crew, Clock::time_point now, bool& any);

 private:
  const Settings& settings_;
  const Events& events_;
  Staff& staff_;
  WorkerPipes& pipes_;

  void note_preload(Crew& crew, const process::Event& event, Clock::time_point now);
  void note_worker(Crew& crew, WorkerSlot& worker, process::ZygoteLink::Message& message,
                   Clock::time_point now);
  [[nodiscard]] CrewEvent end_of_zygote(Crew& crew, Clock::time_point now);
};

}  // namespace forkmap::pool
