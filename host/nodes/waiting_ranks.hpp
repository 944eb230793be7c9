// SPDX-License-Identifier: Apache-2.0
//
// The other ranks of an mpirun (--nodes mpi) have begun with this one, and wait for it.
#pragma once

#include <string>

namespace forkmap::host {

// Lets them go at its end, unless they have been given to somebody else before: a run that fails
// early would else leave them, and mpirun, where they are.
class WaitingRanks {
 public:
  // `courier`: as --courier says it. `are_there`: there are such ranks at all.
  WaitingRanks(std::string courier, bool are_there)
      : courier_(std::move(courier)), are_there_(are_there) {}
  WaitingRanks(const WaitingRanks&) = delete;
  WaitingRanks& operator=(const WaitingRanks&) = delete;
  ~WaitingRanks();

  void give_away() noexcept { are_there_ = false; }

 private:
  std::string courier_;
  bool are_there_;
};

}  // namespace forkmap::host
