// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "core/types/parameters.hpp"

namespace forkmap::pool {

// For so many parameters, in memory that this process shares with all that it forks later: zygotes,
// and through them all workers. Empty for none. Throws SystemError.
[[nodiscard]] types::AskedMemory shared_asked_memory(std::size_t count);

}  // namespace forkmap::pool
