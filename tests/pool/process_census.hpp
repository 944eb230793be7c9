// SPDX-License-Identifier: Apache-2.0
//
// What must be as before after an experiment: descriptors of this process and its descendants.
#pragma once

#include <sys/types.h>

#include <ostream>
#include <set>
#include <string>

namespace forkmap::testing {

class ProcessCensus {
 public:
  // Counts descriptors now, and every process whose ancestor or subreaper this process is.
  ProcessCensus();
  friend bool operator==(const ProcessCensus&, const ProcessCensus&) = default;
  friend std::ostream& operator<<(std::ostream& out, const ProcessCensus& census);

 private:
  std::size_t descriptors_ = 0;
  std::set<pid_t> children_;
};

}  // namespace forkmap::testing
