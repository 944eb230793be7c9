// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/plugin/registry_table.hpp"
#include "host/options/run_options.hpp"

namespace forkmap::host {

// A command for a shell that runs one item again, alone, in one process (for gdb --args). `text` is
// the item's, with columns at `delimiter`. An item over 4 KiB or with NUL is no argument: the
// command then reads a file, and a remark in front says what must be in it.
[[nodiscard]] std::string replay_line(const RunOptions& options,
                                      const plugin::FunctionEntry& function, std::uint64_t number,
                                      std::string_view text, char delimiter);

}  // namespace forkmap::host
