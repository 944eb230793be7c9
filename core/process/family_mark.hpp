// SPDX-License-Identifier: Apache-2.0
//
// What tells whose descendant an orphan is. Orphans of all workers become children of the zygote,
// which reaps them when they end; they may have left session, group and parent. What they cannot
// lose by that is their limit on file locks (RLIMIT_LOCKS): fork and exec hand it down, and the
// kernel has given it no meaning since Linux 2.4.25. So each worker's is a number of its own.
#pragma once

#include <sys/types.h>

namespace forkmap::process {

// In a worker, before foreign code: marks it and all that it will start. False if that is refused.
[[nodiscard]] bool mark_family(pid_t zygote) noexcept;

// In the zygote: whom this process, living or a zombie, descends from.
struct Family {
  pid_t worker = 0;  // of this zygote's; 0: none
  bool is_known = true;
};
[[nodiscard]] Family family_of(pid_t pid);

}  // namespace forkmap::process
