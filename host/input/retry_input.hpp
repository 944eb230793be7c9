// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "host/input/failed_items.hpp"
#include "host/input/item_input.hpp"

namespace forkmap::host {

// Items that failed in an earlier run, with their numbers of then. Columns of a text are split at
// `delimiter`; `raw` as for ArgumentInput.
[[nodiscard]] std::shared_ptr<ItemInput> make_retry_input(std::vector<FailedItem> items,
                                                          char delimiter, bool raw);

}  // namespace forkmap::host
