// SPDX-License-Identifier: Apache-2.0
//
// forkmap/library_threads.hpp: keeps libraries from starting a thread for each core in each worker.
#pragma once

#include <forkmap/requirements.hpp>
#include <span>

namespace forkmap {

// The environment variables by which libraries are told.
[[nodiscard]] std::span<const char* const> library_thread_variables() noexcept;

// Tells OpenMP, OpenBLAS, MKL and the like, by the environment variables they read when they are
// loaded, to use `threads` threads (1 or more) each, unless the user has set the variable. Call it
// before plugins are loaded: with cores / workers, say. Not thread-safe, as setenv() is not. Throws
// InvalidOption; SystemError where there is no memory. forkmap calls it by itself in the command
// only.
void limit_library_threads(int threads);

}  // namespace forkmap
