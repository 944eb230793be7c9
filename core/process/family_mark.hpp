// SPDX-License-Identifier: Apache-2.0
//
// What tells whose descendant an orphan is. Orphans of all workers become children of the zygote,
// which reaps them when they end; they may have left session, group and parent. What they cannot
// lose by that is their limit on file locks (RLIMIT_LOCKS): fork and exec hand it down, and the
// kernel has given it no meaning since Linux 2.4.25. So each worker's is a number of its own.
#pragma once

#include <sys/types.h>

#include <optional>

namespace forkmap::process {

// In a worker, before foreign code: marks it and all that it will start. False if that is refused.
[[nodiscard]] bool mark_family(pid_t zygote) noexcept;

// In the zygote: the worker that this process, living or a zombie, descends from; nothing if it has
// no mark of a worker of this zygote's, or may not be looked at.
[[nodiscard]] std::optional<pid_t> family_of(pid_t pid) noexcept;

}  // namespace forkmap::process
