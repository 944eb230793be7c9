// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include "core/base/unique_fd.hpp"
#include "core/process/zygote.hpp"

namespace forkmap::process {

// The whole life of a zygote, in the process just forked from `host` for it, with all signals
// blocked. Neither returns nor throws.
[[noreturn]] void live_as_zygote(const ZygotePlan& plan, pid_t host,
                                 base::UniqueFd socket) noexcept;

}  // namespace forkmap::process
