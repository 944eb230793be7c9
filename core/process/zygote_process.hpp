// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include "core/base/unique_fd.hpp"
#include "core/process/exit_guard.hpp"
#include "core/process/zygote.hpp"

namespace forkmap::process {

// The whole life of a zygote, in the process just forked from `host` for it, with all signals
// blocked. Neither returns nor throws. `guard` was entered in the host; `stack` is the one that
// this runs on.
//
// Here and in workers nothing of forkmap's takes a lock of the C library that fork does not reset,
// since another thread of the host may have held it: those of setenv, atexit and its like (also the
// first use of a static object with a destructor), setlocale, translated messages, time zones.
[[noreturn]] void live_as_zygote(const ZygotePlan& plan, pid_t host, base::UniqueFd socket,
                                 ExitGuard& guard, const StackRange& stack) noexcept;

}  // namespace forkmap::process
