// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <vector>

#include "core/base/unique_fd.hpp"

namespace forkmap::host {

// A pidfd of each process below this one, which itself has not been reaped: of its children, theirs
// and so on, as they are now.
[[nodiscard]] std::vector<base::UniqueFd> descendants_of(pid_t pid);

}  // namespace forkmap::host
