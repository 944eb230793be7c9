// SPDX-License-Identifier: Apache-2.0
//
// Time limits of items: the zygotes, who enforce them, are told what each number stands for; and
// what a task has finished while it runs counts for a limit that follows the median.
#pragma once

#include "core/map/ledger.hpp"
#include "core/pool/crews.hpp"

namespace forkmap::pool {

class LimitWatch {
 public:
  LimitWatch(Ledger& ledger, Crews& crews) : ledger_(ledger), crews_(crews) {}

  // What has changed goes to the zygotes; one that still preloads is told once it is ready. To be
  // called before tasks are given out.
  void tell();
  // If items counted at the end of their task only, a limit would never come where each worker
  // hangs in an item of its first task. When they were done is known as exactly as somebody looks;
  // a limit that follows from it is rather too long than too short.
  void count_running(Clock::time_point now);

 private:
  Ledger& ledger_;
  Crews& crews_;

  void count_running(WorkerSlot& worker, Clock::time_point now);
};

}  // namespace forkmap::pool
