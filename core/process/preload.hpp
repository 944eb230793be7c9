// SPDX-License-Identifier: Apache-2.0
//
// The preload steps: the only foreign code that a zygote runs. Each is announced before it runs, so
// that the host can name the step during which the zygote ended.
#pragma once

#include <cstdint>

#include "core/process/exit_guard.hpp"
#include "core/process/zygote.hpp"

namespace forkmap::process {

enum class [[nodiscard]] PreloadResult : std::uint8_t { done, failed };

// Runs all steps. After each the process is as it was (inherited_state.hpp), and is checked to be
// the same process, with its socket and with one thread. What went
// wrong has been sent as `preload_failed`; the caller then leaves.
// Also with no step the process is checked to have one thread: a fork handler may have started
// some. The guard answers for a step that calls exit(), quick_exit() or pthread_exit().
PreloadResult run_preload(const ZygotePlan& plan, int socket, ExitGuard& guard);

}  // namespace forkmap::process
