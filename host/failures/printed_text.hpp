// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace forkmap::host {

// What a worker printed before an item failed, for people, on one line: "printed: bad header at
// byte 7", or "printed by items 17 to 23: ..." where others may have printed it. Of a long text the
// end. Indexes count from 0. Empty if nothing was printed.
[[nodiscard]] std::string printed_line(std::string_view printed, std::size_t first_index,
                                       std::size_t last_index);

}  // namespace forkmap::host
