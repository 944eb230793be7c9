// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace forkmap::host {

// "2G", "1.5G", "500M", "64K", or plain bytes; K is 1024. Nothing if it is none of these, or more
// than a process can have.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

}  // namespace forkmap::host
