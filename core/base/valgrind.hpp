// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace forkmap::base {

// Whether valgrind runs this process. It knows not all system calls of a pool.
[[nodiscard]] bool runs_under_valgrind() noexcept;

}  // namespace forkmap::base
