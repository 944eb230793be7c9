// SPDX-License-Identifier: Apache-2.0
//
// The zygotes of this process, for a signal handler that ends it. Kept by Zygote.
#pragma once

#include <sys/types.h>

namespace forkmap::process {

// A zygote's place in the list, as long as this lives; in a forked child it stands for nothing.
class ZygoteEntry {
 public:
  ZygoteEntry() = default;
  // A list that is full leaves it out: it then sees by itself that this process has ended.
  ZygoteEntry(pid_t zygote, int socket) noexcept;
  ~ZygoteEntry();
  ZygoteEntry(ZygoteEntry&& other) noexcept;
  // `other` gives up the place that this had.
  ZygoteEntry& operator=(ZygoteEntry&& other) noexcept;
  ZygoteEntry(const ZygoteEntry&) = delete;
  ZygoteEntry& operator=(const ZygoteEntry&) = delete;

 private:
  int place_ = -1;
};

// Tells every zygote to end all that it has started and itself, also one that is stopped, and waits
// for that; what is left after a second is killed, and its workers with it. For a process that is
// about to leave: pools do not learn of it. May be called in a signal handler.
void end_all_zygotes() noexcept;

}  // namespace forkmap::process
