// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <forkmap/item_source.hpp>
#include <optional>

#include "core/plugin/registry_table.hpp"
#include "host/failures/job_log.hpp"
#include "host/input/item_input.hpp"
#include "host/output/item_numbering.hpp"

namespace forkmap::host {

// The line of a batch for --joblog; its items are not settled yet. Nothing for items that were
// never run. Where it is not known when they ran, it was now.
[[nodiscard]] std::optional<LoggedTask> job_log_line(const ItemNumbering& numbers,
                                                     const plugin::FunctionEntry& function,
                                                     const ItemInput& input,
                                                     const ResultBatch& batch);

}  // namespace forkmap::host
