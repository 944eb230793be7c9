// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace forkmap::base {

// Tries the system calls without which no pool and no probe can be, each with arguments that change
// nothing. A filter (seccomp, a container's) holds for all processes that are forked later, where
// a refusal would show as a process that ends, hangs or starts again. Throws SystemError that names
// the first call that is refused. A process without a filter is asked once.
void require_needed_calls();

}  // namespace forkmap::base
