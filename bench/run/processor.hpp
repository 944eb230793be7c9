// SPDX-License-Identifier: Apache-2.0
//
// Which processor this thread runs on.
#pragma once

#include <sched.h>

namespace forkmap::bench {

// Not pinned: the system's choice.
inline constexpr int kAnywhere = -1;

// Pins this thread to the `place`-th processor of those that the program may use (counted round);
// kAnywhere: to all of them.
void pin_to(int place);

// Pins this thread for as long as it lives.
class Pinned {
 public:
  explicit Pinned(int place) { pin_to(place); }
  ~Pinned() { pin_to(kAnywhere); }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
};

}  // namespace forkmap::bench
