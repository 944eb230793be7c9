// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

#include "core/types/parameters.hpp"

namespace forkmap::pool {

// So many marks, all 0, in memory that this process shares with all that it forks later: zygotes,
// and through them all workers. Null for none. Throws SystemError.
[[nodiscard]] std::shared_ptr<types::AskedMark[]> shared_marks(std::size_t count);

}  // namespace forkmap::pool
