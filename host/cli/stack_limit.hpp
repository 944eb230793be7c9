// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace forkmap::host {

// Throws UsageError if the stack that this process may have (ulimit -s) is too small for its own
// functions: it would end somewhere, with a cause that is none.
void require_stack();

}  // namespace forkmap::host
