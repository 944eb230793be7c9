// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <forkmap/item_source.hpp>

#include "core/map/batch_memory.hpp"
#include "core/map/portion.hpp"
#include "core/node/messages.hpp"

namespace forkmap::node {

// The outcomes of a portion, which are those of a part from `from` on.
[[nodiscard]] ResultBatch batch_of_part(pool::BatchMemory& memory, const pool::Portion& rows,
                                        const BlockPart& part, std::uint32_t from,
                                        std::uint32_t node);

}  // namespace forkmap::node
