// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace forkmap::base {

// From now on a write that the system answers with this signal (SIGPIPE: nobody reads; SIGXFSZ: the
// limit of file sizes) fails with its error, and the process goes on. A signal that is ignored
// stays so. Otherwise it is caught and not ignored, so that programs which this process starts find
// the default, as ever. Takes no lock.
void let_writes_fail(int signal) noexcept;

[[nodiscard]] bool is_ignored(int signal) noexcept;

}  // namespace forkmap::base
